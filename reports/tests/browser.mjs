// Opens a report in headless Chromium and uses it: node browser.mjs PAGE.html [SCREENSHOT-PREFIX]. Needs nothing from npm: it speaks
// the DevTools protocol over a pipe. Oracle: what a person would see and do; exit code 1 names what was wrong.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [page, shots] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'nightjar-browser-'));
const chromium = spawn(process.env.CHROMIUM || 'chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
  '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const timer = setTimeout(() => finish(['no answer from Chromium within 60 s']), 60000);
chromium.on('error', (e) => finish([`cannot start Chromium: ${e.message}; run reports/tests/browser.sh, which installs it`]));

const waiting = new Map(), wrong = [], requests = [];
let text = '', next = 0, session;
chromium.stdio[4].on('data', (bytes) => {
  text += bytes;
  for (let end; (end = text.indexOf('\0')) >= 0; text = text.slice(end + 1)) heard(JSON.parse(text.slice(0, end)));
});
function heard(m) {
  if (m.id && waiting.has(m.id)) return waiting.get(m.id)(m);
  if (m.method === 'Runtime.exceptionThrown') wrong.push(`exception: ${m.params.exceptionDetails.text}`);
  if (m.method === 'Runtime.consoleAPICalled' && ['error', 'warning', 'assert'].includes(m.params.type)) wrong.push('console: ' + JSON.stringify(m.params.args));
  if (m.method === 'Log.entryAdded' && ['error', 'warning'].includes(m.params.entry.level)) wrong.push(`log: ${m.params.entry.text} ${m.params.entry.url || ''}`);
  if (m.method === 'Network.requestWillBeSent') requests.push(m.params.request.url);
}
function send(method, params = {}) {
  return new Promise((answer, fail) => {
    const id = ++next;
    waiting.set(id, (m) => (m.error ? fail(new Error(`${method}: ${m.error.message}`)) : answer(m.result)));
    chromium.stdio[3].write(JSON.stringify({ id, method, params, ...(session && { sessionId: session }) }) + '\0');
  });
}
async function value(expression) {
  const r = await send('Runtime.evaluate', { expression, returnByValue: true });
  if (r.exceptionDetails) throw new Error(`${expression}: ${r.exceptionDetails.exception.description}`);
  return r.result.value;
}
const check = (good, what) => { if (!good) wrong.push(what); };
const pause = (ms) => new Promise((r) => setTimeout(r, ms));

async function open() {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  session = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await send('Emulation.setDeviceMetricsOverride', { width: 1100, height: 1400, deviceScaleFactor: 1, mobile: false });
  await send('Page.navigate', { url: pathToFileURL(resolve(page)).href });
  for (let i = 0; i < 100 && (await value('document.readyState')) !== 'complete'; i++) await pause(50);
}

async function contents() {
  check((await value('document.querySelectorAll(".answer").length')) > 0, 'no headline');
  check((await value('document.querySelectorAll("figure svg").length')) > 0, 'no picture in the page');
  check(await value('document.documentElement.scrollWidth <= innerWidth'), 'the page scrolls sideways');
  const ids = await value('(() => { const a = [...document.querySelectorAll("[id]")].map(e => e.id); return a.length - new Set(a).size; })()');
  check(ids === 0, `${ids} ids occur twice`);
  const dead = await value('[...document.querySelectorAll("a[href^=\\"#\\"]")].map(a => a.getAttribute("href").slice(1)).filter(h => !document.getElementById(h)).join()');
  check(dead === '', `links lead nowhere: ${dead}`);
}

const column = (i) => value(`[...window.t.tBodies[0].rows].map(r => r.cells[${i}].dataset.v ?? r.cells[${i}].textContent)`);
const sorted = (a, sign) => a.filter((x) => x !== '').every((x, i, b) => !i || sign * (Number(b[i - 1]) - Number(x)) <= 0);

async function clickHeader(i) {
  const at = await value(`(() => { const b = window.t.tHead.rows[0].cells[${i}].querySelector('button'); b.scrollIntoView({ block: 'center', behavior: 'instant' });
    const r = b.getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`);
  await pause(100);
  for (const type of ['mousePressed', 'mouseReleased']) await send('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1 });
}

async function tables() {
  await value('document.querySelectorAll("details").forEach(d => { d.open = true; }); window.t = document.querySelector("table.sortable"); 1');
  const before = await column(0), aria = (i) => value(`window.t.tHead.rows[0].cells[${i}].getAttribute('aria-sort')`);
  await clickHeader(1);
  check((await aria(1)) === 'descending', 'a click on a number column does not sort it downwards');
  check(sorted(await column(1), -1), 'rows are not in descending order');
  const down = await column(0);
  await clickHeader(1);
  check((await aria(1)) === 'ascending', 'a second click does not turn the order');
  check(sorted(await column(1), 1), 'rows are not in ascending order');
  const after = await column(0);
  check(after.join() !== down.join(), 'the rows did not move');
  check([...after].sort().join() === [...before].sort().join(), 'rows were lost');
  await value('window.t.tHead.rows[0].cells[0].querySelector("button").focus()');
  for (const type of ['keyDown', 'keyUp']) await send('Input.dispatchKeyEvent', { type, key: 'Enter', code: 'Enter', text: type === 'keyDown' ? '\r' : undefined, windowsVirtualKeyCode: 13 });
  check((await aria(0)) === 'ascending' && (await aria(1)) === 'none', 'the Enter key does not sort');
  const names = (await column(0)).map((s) => s.trim().toLowerCase());
  check(names.join() === [...names].sort().join(), 'names are not in order');
}

async function hover() {
  const at = await value(`(() => { const h = document.querySelector('.hots rect'); h.scrollIntoView({ block: 'center', behavior: 'instant' }); const r = h.getBoundingClientRect();
    return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`);
  await pause(100);
  await send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
  await pause(100);
  check(await value('!document.getElementById("tip").hidden && document.getElementById("tip").textContent.length > 3'), 'no values when the pointer is over a plot');
}

async function themes() {
  const seen = [];
  for (const theme of ['light', 'dark']) {
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: theme }] });
    seen.push(await value('getComputedStyle(document.body).backgroundColor'));
    check(await value(`getComputedStyle(document.querySelector('.only-${theme}')).display !== 'none'`), `the ${theme} pictures do not show`);
    check(await value(`getComputedStyle(document.querySelector('.only-${theme === 'dark' ? 'light' : 'dark'}')).display === 'none'`), `${theme}: the other theme's pictures show`);
    if (!shots) continue;
    await value('window.scrollTo({ top: 0, behavior: "instant" })');
    const shot = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: false });
    writeFileSync(`${shots}-${theme}.png`, Buffer.from(shot.data, 'base64'));
  }
  check(seen[0] !== seen[1], 'light and dark look the same');
}

function finish(problems) {
  clearTimeout(timer);
  chromium.kill();
  setTimeout(() => { rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); process.exit(problems.length ? 1 : 0); }, 300);
  for (const p of problems) console.error(`FAIL ${p}`);
  if (!problems.length) console.log('ok: the page opens without errors, its tables sort by mouse and keyboard, hover values and both themes work');
}

try {
  await open();
  await contents();
  await tables();
  await hover();
  await themes();
  const outside = requests.filter((u) => !u.startsWith('file:') && !u.startsWith('data:'));
  check(!outside.length, `the page asked the network: ${outside.join()}`);
  finish(wrong);
} catch (e) {
  finish([...wrong, e.message]);
}
