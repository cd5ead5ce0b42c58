// Does a WebSocket open? A page asks its browser; `node opinion.mjs URL CASES` asks ws, and prints {case: 'opens' or what came instead}.
const LIMIT = 2000;

// It opens where the open event comes, and for that long after it neither an error nor an end without a Close frame. Probe looks for 300 ms:
// what comes later is no handshake's matter.
const ask = (WebSocket, url, protocols, long) => new Promise((resolve) => {
  const socket = new WebSocket(url, protocols);
  let before = '';
  const done = (outcome) => {
    clearTimeout(timer);
    resolve(outcome === 'opens' ? outcome : before + outcome);
    socket.close();
  };
  let timer = setTimeout(done, LIMIT, 'silent');
  socket.onopen = () => {
    before = 'open, ';
    clearTimeout(timer);
    timer = setTimeout(done, long, 'opens');
  };
  // A browser tells no more than that; its close event follows.
  socket.onerror = ({ message }) => done(message ?? 'error');
  socket.onclose = ({ code, wasClean }) => done(before && wasClean ? 'opens' : `closed, ${code}`);
});

export const opinions = async (WebSocket, at, cases) => {
  const found = {};
  for (const [name, ...protocols] of cases) {
    found[name] = await ask(WebSocket, `${at}/${name}`, protocols, 500);
    // Browsers slow down where one connection after the other fails.
    if (found[name] !== 'opens') await ask(WebSocket, `${at}/right`, [], 0);
  }
  return found;
};

if (globalThis.process) {
  const { createRequire } = await import('node:module');
  const WebSocket = createRequire(new URL('ws/', import.meta.url))('ws');
  const [at, cases] = process.argv.slice(2);
  console.log(JSON.stringify(await opinions(WebSocket, at, JSON.parse(cases))));
}
