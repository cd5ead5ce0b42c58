// A server by Node's ws that closes each connection as soon as it is open; it prints its port.
import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(new URL('../../tests/peers/ws/', import.meta.url))('ws');
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => console.log(server.address().port));
server.on('connection', (socket) => socket.close(1000));
