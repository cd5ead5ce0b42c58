// Prints the HAR of a WebSocket that headless Chromium opens, as its own DevTools export it. Usage: node har.mjs URL
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const WebSocket = createRequire(new URL('ws/', import.meta.url))('ws');
const profile = mkdtempSync(join(tmpdir(), 'har-'));
const options = `--headless --no-sandbox --disable-gpu --disable-quic --disable-dev-shm-usage --no-first-run --disable-sync
  --disable-background-networking --disable-component-update --no-proxy-server --remote-debugging-port=0 --remote-allow-origins=*`;
const parameters = [...options.split(/\s+/), `--user-data-dir=${profile}`, 'about:blank'];
const browser = spawn('chromium', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
const late = setTimeout(() => { console.error('no HAR within a minute'); browser.kill(); process.exit(2); }, 60_000);

let endpoint;
for await (const line of createInterface({ input: browser.stderr })) {
  endpoint = line.match(/^DevTools listening on (.*)/)?.[1];
  if (endpoint) break;
}
browser.stderr.resume();
const socket = new WebSocket(endpoint);
await once(socket, 'open');
let last = 0;
const call = (method, params, sessionId) => new Promise((resolve, reject) => {
  const id = ++last;
  socket.send(JSON.stringify({ id, method, params, sessionId }));
  socket.on('message', function answer(data) {
    const { id: answered, result, error } = JSON.parse(data);
    if (answered !== id) return;
    socket.off('message', answer);
    error ? reject(new Error(error.message)) : resolve(result);
  });
});
// The value of an expression in a page.
const evaluate = async (sessionId, expression) => {
  const parameters = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await call('Runtime.evaluate', parameters, sessionId);
  if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
  return result.value;
};
const attach = async (targetId) => (await call('Target.attachToTarget', { targetId, flatten: true })).sessionId;

try {
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const page = await attach(targetId);
  const inspected = new URL(`/devtools/page/${targetId}`, endpoint).href.slice('ws://'.length);
  const front = await call('Target.createTarget', { url: `devtools://devtools/bundled/devtools_app.html?ws=${inspected}` });
  const tools = await attach(front.targetId);
  // Once the front end's own request to watch the network is answered, nothing is missed.
  await evaluate(tools, `(async () => {
    for (;;) {
      await new Promise((resume) => setTimeout(resume, 100));
      if (document.readyState !== 'complete' || !location.href.startsWith('devtools:')) continue;
      const { TargetManager } = await import('./core/sdk/sdk.js');
      const target = TargetManager.TargetManager.instance().primaryPageTarget();
      if (target && !(await target.networkAgent().invoke_enable({})).getError()) return;
    }
  })()`);
  await evaluate(page, `new Promise((resolve) => {
    const socket = new WebSocket(${JSON.stringify(process.argv[2])});
    socket.onopen = () => socket.send('hello');
    socket.onmessage = socket.onclose = resolve;
  }).then(() => undefined)`);
  console.log(await evaluate(tools, `(async () => {
    const { NetworkLog } = await import('./models/logs/logs.js');
    const { Log } = await import('./models/har/har.js');
    const log = await Log.Log.build(NetworkLog.NetworkLog.instance().requests(), { sanitize: false });
    return JSON.stringify({ log }, null, 2);
  })()`));
} finally {
  clearTimeout(late);
  await Promise.all([once(browser, 'exit'), call('Browser.close')]);
  // Processes of the browser may still be writing there.
  try { rmSync(profile, { recursive: true }); } catch {}
}
