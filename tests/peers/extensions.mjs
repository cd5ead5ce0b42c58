// Does ws take an answer to its offer? `node extensions.mjs URL CASES` prints {case: 'opens' or the error}.
import { createRequire } from 'node:module';

const WebSocket = createRequire(new URL('ws/', import.meta.url))('ws');
const [at, cases] = process.argv.slice(2);

const ask = (url, options) => new Promise((resolve) => {
  const socket = new WebSocket(url, { perMessageDeflate: options, handshakeTimeout: 5000 });
  socket.onopen = () => { resolve('opens'); socket.terminate(); };
  socket.onerror = ({ message }) => resolve(message);
});

const found = {};
for (const [name, options] of JSON.parse(cases)) found[name] = await ask(`${at}/${name}`, options);
console.log(JSON.stringify(found));
