// An echo server by ws. Usage: node server.mjs [PORT]
import { WebSocketServer } from 'ws';

const choose = (offered) => ['chat', 'superchat'].find((known) => offered.has(known)) ?? false;
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0), path: '/chat', handleProtocols: choose });
server.on('listening', () => console.log(server.address().port));
server.on('connection', (peer) => {
  peer.on('error', () => peer.terminate());
  peer.on('message', (data, binary) => peer.send(data, { binary }));
});
setTimeout(() => process.exit(), 300_000);
