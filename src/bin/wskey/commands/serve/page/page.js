// The page of `wskey serve`. What it shows goes in as text alone: a capture or a client may hold markup.

const $ = (id) => document.getElementById(id);

// Makes an element: properties, then children, of which strings are text.
const make = (name, properties = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ''));
  return made;
};

const MOST = 1 << 20;

const ask = async (path, question = {}) => {
  const body = JSON.stringify(question);
  if (new Blob([body]).size > MOST) throw new Error('more than 1 MiB, the most that is read here; wskey inspect reads 64 MiB');
  const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, credentials: 'omit', redirect: 'error' };
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error('wskey does not answer: it has ended, and what it found is where it was started');
  }
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
};

const WORDS = ['OK', 'FAILED', 'WARN', 'NOTE', 'N/A', 'UNJUDGED'];
const MARKS = { OK: '✓', FAILED: '✗', WARN: '!', NOTE: '·', 'N/A': '–', UNJUDGED: '?' };
const SAYS = { accepted: 'opened', refused: 'failed', silent: 'waited' };
const named = (word) => word.replace('/', '');
const badge = (word) => make('span', { className: `badge ${named(word)}` }, `${MARKS[word] ?? '?'} ${word}`);
const cited = (section) => (section.startsWith('RFC') ? section : `RFC 6455 ${section}`);

// ---- The cases

let listed;
let run;
let result;
const rows = new Map();

const cell = (label, text = '–') => make('td', { role: 'cell', 'data-label': label, className: 'pending' }, text);

const title = (id, says) => [make('code', {}, id), make('span', { className: 'says' }, says)];

const list = () => {
  for (const { case: id, expect, section, says } of listed.cases) {
    const heading = make('th', { role: 'rowheader', scope: 'row' }, ...title(id, says));
    const cells = [cell('Browser says'), cell('Socket shows'), cell('Verdict')];
    cells[2].classList.add('verdict');
    const row = make('tr', { role: 'row' }, heading, cell('Expected', expect), ...cells, cell('Section', cited(section)));
    row.children[1].className = '';
    rows.set(id, { row, heading, cells, says });
    $('cases').append(row);
  }
};

const clear = () => {
  for (const [id, { row, heading, cells, says }] of rows) {
    row.classList.remove('current');
    row.dataset.word = '';
    heading.replaceChildren(...title(id, says));
    for (const one of cells) {
      one.classList.add('pending');
      one.classList.remove('differs');
      one.replaceChildren('–');
    }
  }
  filter();
};

const differs = ({ outcome, browser }) => outcome !== 'not-applicable' && outcome !== browser;

const show = (found) => {
  const { row, heading, cells: [browser, socket, verdict], says } = rows.get(found.case);
  row.dataset.word = found.verdict;
  for (const one of [browser, socket, verdict]) one.classList.remove('pending');
  browser.replaceChildren(`${SAYS[found.browser] ?? found.browser}${differs(found) ? ' ≠' : ''}`);
  browser.classList.toggle('differs', differs(found));
  socket.replaceChildren(found.outcome.replace('not-applicable', 'not applicable'));
  verdict.replaceChildren(badge(found.verdict));
  if (found.sent !== undefined) {
    const shown = (label, text) => make('div', {}, make('span', { className: 'says' }, label), make('pre', { tabIndex: 0 }, text));
    const summary = make('summary', {}, ...title(found.case, says));
    const bytes = make('div', { className: 'bytes' }, shown('request', found.received), shown('answer', found.sent));
    heading.replaceChildren(make('details', {}, summary, bytes));
  }
  if (found.message) heading.append(make('span', { className: 'message' }, found.message));
};

const filter = () => {
  const only = $('noteworthy').checked;
  let shown = 0;
  for (const { row } of rows.values()) {
    row.hidden = only && (!row.dataset.word || ['OK', 'NOTE', 'N/A'].includes(row.dataset.word)) && !row.querySelector('.differs');
    shown += !row.hidden;
  }
  $('none').hidden = shown > 0;
};

// Follows the row that runs, until somebody looks elsewhere.
let follows = true;
const follow = (row) => {
  row.classList.add('current');
  const region = $('region');
  if (!follows || row.hidden || region.scrollHeight <= region.clientHeight) return;
  const [inner, outer] = [row.getBoundingClientRect(), region.getBoundingClientRect()];
  if (inner.bottom > outer.bottom || inner.top < outer.top + 40) region.scrollTop += inner.top - outer.top - outer.height / 3;
};

const tell = () => {
  $('progress').value = result.cases.length;
  const words = WORDS.map((word) => [word, result.cases.filter(({ verdict }) => verdict === word).length]);
  const one = ([word, number]) =>
    make('div', { className: named(word) }, make('dt', {}, `${MARKS[word]} ${word}`), make('dd', {}, String(number)));
  $('counts').replaceChildren(...words.filter(([word, number]) => number || word === 'OK' || word === 'FAILED').map(one));
  const applies = result.cases.filter(({ outcome }) => outcome !== 'not-applicable');
  const others = applies.filter(differs).map((found) => found.case);
  $('agreement').replaceChildren(
    others.length
      ? make('span', { className: 'differs' }, `≠ The browser says otherwise than the socket shows in ${others.length} of ${applies.length} cases: ${others.join(', ')}`)
      : `The browser says what the socket shows, in ${applies.length} of ${applies.length} cases that apply.`,
  );
  return words.filter(([, number]) => number).map(([word, number]) => `${number} ${word}`).join(', ');
};

const reset = () => {
  result = { cases: [] };
  tell();
  result = undefined;
  $('agreement').textContent = 'After each refusal wskey looks whether the browser still opens with a right answer.';
};

const say = (text) => { $('live').textContent = text; };
const state = (text) => { $('state').textContent = text; };
const trouble = (text) => {
  $('trouble').textContent = text;
  $('trouble').hidden = !text;
};

// What the browser makes of a handshake. It gives up only where the server, which ends every connection, has not: the browser has not
// even connected.
const connect = (path, subprotocol, limit) => new Promise((resolve) => {
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
  const said = { open: false, error: false };
  const socket = subprotocol ? new WebSocket(url, subprotocol) : new WebSocket(url);
  const timer = setTimeout(() => {
    resolve({ ...said });
    socket.close();
  }, limit);
  socket.onopen = () => { said.open = true; };
  socket.onerror = () => { said.error = true; };
  socket.onclose = () => {
    clearTimeout(timer);
    resolve({ ...said });
  };
});

const all = async () => {
  const { token } = await ask('/run/begin');
  run = { token };
  const own = run;
  const begin = performance.now();
  result = { agent: navigator.userAgent, version: listed.version, seconds: 0, cases: [] };
  const seconds = () => Math.round((performance.now() - begin) / 1000);
  while (run === own) {
    const next = await ask('/run/next', { token });
    if (run !== own) return;
    if (next.case === undefined) return finish(seconds());
    const place = next.between ? undefined : rows.get(next.case);
    if (place) {
      state(`${next.number + 1} of ${listed.cases.length}: ${next.case}, ${seconds()} s`);
      follow(place.row);
    }
    const said = await connect(next.path, next.subprotocol, 1000 * (12 + 2 * listed.limit));
    if (run !== own) return;
    const found = await ask('/run/result', { token, case: next.case, ...said });
    if (run !== own) return;
    if (place) {
      place.row.classList.remove('current');
      result.cases.push(found);
      show(found);
      filter();
      const counts = tell();
      document.title = `${result.cases.length}/${listed.cases.length} wskey`;
      if (result.cases.length % 25 === 0) say(`${result.cases.length} of ${listed.cases.length} cases: ${counts}`);
    } else if (found.outcome !== 'accepted') {
      const did = found.outcome === 'absent' ? 'did not connect' : 'did not open';
      throw new Error(`The browser ${did} with a right answer, so what it refuses proves nothing: ${found.message ?? found.outcome}`);
    }
  }
};

const finish = (seconds) => {
  result.seconds = seconds;
  const count = `${result.cases.length} cases in ${seconds} s`;
  const text = `${count}: ${tell()}`;
  state(listed.once ? `${count}; wskey has ended with this report` : count);
  say(text);
  document.title = `wskey: ${text}`;
};

const ready = (isRunning) => {
  $('start').textContent = isRunning ? 'Stop' : result ? 'Run again' : 'Run the cases';
  $('start').disabled = !isRunning && listed.once && result !== undefined;
  const isAny = !isRunning && result !== undefined && result.cases.length > 0;
  $('download').disabled = !isAny;
  $('copy').disabled = !isAny || !navigator.clipboard;
};

const start = async () => {
  trouble('');
  clear();
  follows = true;
  $('region').scrollTop = 0;
  reset();
  state('The browser is asked to open with a right answer first.');
  say('The cases run.');
  ready(true);
  try {
    await all();
  } catch (error) {
    state('The run has ended before its end.');
    trouble(error.message);
  }
  run = undefined;
  rows.forEach(({ row }) => row.classList.remove('current'));
  ready(false);
};

const stop = async () => {
  const { token } = run ?? {};
  run = undefined;
  if (!token) return;
  state(`Stopped after ${result.cases.length} of ${listed.cases.length} cases.`);
  say('Stopped.');
  await ask('/run/stop', { token }).catch((error) => trouble(error.message));
};

$('start').addEventListener('click', () => (run ? stop() : start()));
$('noteworthy').addEventListener('change', filter);
for (const event of ['wheel', 'touchmove', 'keydown', 'pointerdown']) {
  $('region').addEventListener(event, () => { follows = false; }, { passive: true });
}
addEventListener('pagehide', () => {
  if (!run) return;
  const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, keepalive: true };
  fetch('/run/stop', { ...options, body: JSON.stringify({ token: run.token }) }).catch(() => {});
});

const text = () => `${JSON.stringify(result, null, 2)}\n`;
$('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText(text()).then(() => say('Copied.'), (error) => trouble(`not copied: ${error.message}`));
  $('copy').textContent = 'Copied';
  setTimeout(() => { $('copy').textContent = 'Copy JSON'; }, 2000);
});
$('download').addEventListener('click', () => {
  const link = make('a', { href: URL.createObjectURL(new Blob([text()], { type: 'application/json' })), download: 'wskey.json' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

// ---- The handshake by hand

// Shows what the last question came to, whatever earlier ones come to.
const answering = (place, answer) => {
  let last = 0;
  return async (...question) => {
    last += 1;
    const own = last;
    let shown;
    try {
      shown = await answer(...question);
    } catch (error) {
      shown = [make('p', { className: 'trouble' }, error.message)];
    }
    if (own === last) place.replaceChildren(...shown);
  };
};

const remarks = (told) => told.remarks.map((text) => make('p', { className: 'remark' }, text));
const fact = (name, value, isCode) =>
  value === undefined ? [] : [make('dt', {}, name), make('dd', {}, isCode ? make('code', {}, value || '(empty)') : value)];
const facts = (...parts) => make('dl', { className: 'facts' }, ...parts.flat());

const accept = answering($('accept-result'), async (key) => {
  if (!key.trim()) return [make('p', { className: 'remark' }, 'A key is 16 bytes in base64, 24 characters.')];
  const told = await ask('/accept', { key });
  const [object] = told.objects;
  if (!object?.accept) return [make('p', {}, badge('FAILED'), ` ${object?.error ?? ''}`)];
  const guid = object.hashed.slice(object.key.length);
  const step = (what, ...value) => make('li', {}, make('span', {}, what), make('code', {}, ...value));
  const steps = make('ol', { className: 'steps' },
    step('the key as it is written, and the GUID behind it', object.key, make('wbr'), make('b', { className: 'guid' }, guid)),
    step('the SHA-1 of that, 20 bytes', object.sha1),
    step('these bytes in base64: the accept value', object.accept));
  return [steps, ...remarks(told)];
});

let typing;
$('accept-key').addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => accept($('accept-key').value), 120);
});
$('accept-form').addEventListener('submit', (event) => {
  event.preventDefault();
  accept($('accept-key').value);
});
const gen = async () => {
  const told = await ask('/gen');
  $('accept-key').value = told.objects[0].key;
  await accept($('accept-key').value);
};
$('gen').addEventListener('click', gen);

const causes = ({ got, expected, says, cause, hashed, fix, also }) => facts(
  fact('got', got, true),
  fact('expected', expected, true),
  fact('cause', says && `${says} (${cause})`),
  fact('hashed', hashed, true),
  fact('fix', fix),
  fact('or', also?.join(', ')));

const verify = answering($('verify-result'), async () => {
  const told = await ask('/verify', { key: $('verify-key').value, accept: $('verify-accept').value });
  return [...told.objects.flatMap((object) => {
    const message = object.ok ? 'The accept value answers the key.' : object.message;
    const line = make('p', {}, badge(object.verdict), ` ${message}`);
    return object.ok ? [line] : [line, causes({ ...object, got: object.accept })];
  }), ...remarks(told)];
});
$('verify-form').addEventListener('submit', (event) => {
  event.preventDefault();
  verify();
});
$('verify-example').addEventListener('click', () => {
  $('verify-key').value = 'dGhlIHNhbXBsZSBub25jZQ==';
  $('verify-accept').value = 'YjM3YTRmMmNjMDYyNGYxNjkwZjY0NjA2Y2YzODU5NDViMmJlYzRlYQ==';
  verify();
});

const finding = (one) => {
  const { level, side, rule, message, section } = one;
  const line = make('p', { className: 'rule' }, make('b', {}, level), ` ${side ? `of the ${side}, ` : ''}${rule}${section ? ` (${cited(section)})` : ''}`);
  const refusal = facts(
    fact('says', one.body),
    fact('who', one.who && `${one.certainty === 'suggests' ? 'perhaps ' : ''}${one.who}`),
    fact('means', one.means),
    one.refusal ? fact('fix', one.fix) : []);
  const more = one.got === undefined ? refusal : causes(one);
  return make('div', { className: `finding ${level}` }, line, one.cause ? undefined : make('p', {}, message), more.children.length ? more : undefined);
};

const exchange = (one) => {
  const where = [`exchange ${one.exchange}`, one.line && `line ${one.line}`, one.status && `status ${one.status}`].filter(Boolean).join(', ');
  const line = make('p', {}, badge(one.verdict), ` ${where}`);
  const pair = facts(fact('key', one.key, true), fact('accept', one.accept, true));
  const error = one.error && make('p', {}, `no verdict: ${one.error}`);
  const rest = one.not_judged && make('p', { className: 'remark' }, `not judged in a text: ${one.not_judged.join(', ')}`);
  return make('div', { className: 'exchange' }, line, pair, ...one.findings.map(finding), error || undefined, rest || undefined);
};

const inspect = answering($('inspect-result'), async () => {
  const told = await ask('/inspect', { capture: $('inspect-capture').value });
  return [...told.objects.map(exchange), ...remarks(told)];
});
$('inspect-form').addEventListener('submit', (event) => {
  event.preventDefault();
  inspect();
});
$('inspect-example').addEventListener('click', () => {
  $('inspect-capture').value = `> GET /chat HTTP/1.1
> Host: server.example.com
> Upgrade: websocket
> Connection: Upgrade
> Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
> Sec-WebSocket-Version: 13
>
< HTTP/1.1 101 Switching Protocols
< Upgrade: websocket
< Connection: Upgrade
< Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==
<
`;
  inspect();
});

// ---- The beginning

const open = async () => {
  listed = await ask('/run/cases');
  $('version').textContent = listed.version;
  $('count').textContent = `${listed.cases.length} cases`;
  $('progress').max = listed.cases.length;
  list();
  reset();
  ready(false);
  gen().catch((error) => trouble(error.message));
  if (listed.once) await start();
};
open().catch((error) => trouble(error.message));
