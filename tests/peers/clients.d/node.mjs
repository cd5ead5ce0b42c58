// A client by Node's ws, or by Node's own WebSocket: exits 0 where the connection opens and the client does not fail it, else 1.
// Usage: node --experimental-websocket node.mjs ws|own URL [SUBPROTOCOL]
import { createRequire } from 'node:module';

const [library, url, ...protocols] = process.argv.slice(2);
const WebSocket = library === 'ws' ? createRequire(new URL('../ws/', import.meta.url))('ws') : globalThis.WebSocket;
const socket = new WebSocket(url, protocols);
process.exitCode = 1;
socket.onopen = () => {
  console.log('opened');
  process.exitCode = 0;
};
socket.onerror = ({ message, error }) => {
  console.log(`error: ${message || error?.message}`);
  process.exitCode = 1;
};
socket.onclose = ({ code }) => {
  console.log(`closed, ${code}`);
  process.exit();
};
