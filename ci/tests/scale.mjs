// Uses the site as a reader does, in headless Chromium, and prints how long each thing takes: node scale.mjs INDEX.html [SCREENSHOT-PREFIX].
// It speaks the DevTools protocol over a pipe, as reports/tests/browser.mjs. Exit code 1 names what did not work.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [page, shots] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), 'nightjar-scale-'));
const chromium = spawn(process.env.CHROMIUM || 'chromium', ['--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe',
  `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
const timer = setTimeout(() => finish(['no answer from Chromium within 1000 s']), 1000000);
chromium.on('error', (e) => finish([`cannot start Chromium: ${e.message}`]));
const waiting = new Map(), wrong = [], requests = [];
let text = '', next = 0, session;
chromium.stdio[4].on('data', (bytes) => {
  text += bytes;
  for (let end; (end = text.indexOf('\0')) >= 0; text = text.slice(end + 1)) heard(JSON.parse(text.slice(0, end)));
});
function heard(m) {
  if (m.id && waiting.has(m.id)) return waiting.get(m.id)(m);
  if (m.method === 'Runtime.exceptionThrown') wrong.push(`exception: ${m.params.exceptionDetails.text} ${m.params.exceptionDetails.exception?.description}`);
  if (m.method === 'Log.entryAdded' && m.params.entry.level === 'error') wrong.push(`log: ${m.params.entry.text} ${m.params.entry.url || ''}`);
  if (m.method === 'Network.requestWillBeSent') requests.push(m.params.request.url);
}
const send = (method, params = {}) => new Promise((answer, fail) => {
  const id = ++next;
  waiting.set(id, (m) => (m.error ? fail(new Error(`${method}: ${m.error.message}`)) : answer(m.result)));
  chromium.stdio[3].write(JSON.stringify({ id, method, params, ...(session && { sessionId: session }) }) + '\0');
});
async function value(expression) {
  const r = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
  if (r.exceptionDetails) throw new Error(`${expression}: ${r.exceptionDetails.exception.description}`);
  return r.result.value;
}
const check = (good, what) => { if (!good) wrong.push(what); };
const pause = (ms) => new Promise((r) => setTimeout(r, ms));
const said = (what, ms) => console.log(`${what}: ${ms.toFixed(1)} ms`);
const until = async (expression) => { for (let i = 0; i < 2000 && !(await value(expression)); i++) await pause(5); };

async function open(width, media = []) {
  await send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setEmulatedMedia', { media: '', features: media });
  await send('Page.navigate', { url: 'about:blank' });
  await send('Page.navigate', { url: pathToFileURL(resolve(page)).href });
  await until('document.readyState === "complete" && location.href !== "about:blank"');
}

async function shot(name, more = {}) {
  if (!shots) return;
  const { data } = await send('Page.captureScreenshot', { format: 'png', ...more });
  writeFileSync(`${shots}-${name}.png`, Buffer.from(data, 'base64'));
}

const key = async (name, code) => { for (const type of ['keyDown', 'keyUp']) await send('Input.dispatchKeyEvent', { type, key: name, code: name, windowsVirtualKeyCode: code, ...(name === 'Enter' && { text: '\r' }) }); };

async function trend() {
  const t = await value(`(() => { const n = performance.getEntriesByType('navigation')[0]; return n.loadEventStart; })()`);
  said('the page is there', t);
  said('a click on a picture, until its plots are drawn', await value(`(async () => { const t = performance.now(); document.querySelector('button.card').click();
    while (document.querySelectorAll('.detail canvas').length < 2) await new Promise((f) => setTimeout(f)); await new Promise((f) => requestAnimationFrame(() => setTimeout(f))); return performance.now() - t; })()`));
  const box = await value(`(() => { const o = document.querySelector('.detail .u-over'); o.scrollIntoView({ block: 'center', behavior: 'instant' }); const r = o.getBoundingClientRect(); return { x: r.x, y: r.y, w: r.width }; })()`);
  // The longest that a frame takes while a reader does something.
  await value(`window.longest = 0; window.watching = true; (function look(last) { requestAnimationFrame((t) => { if (last) window.longest = Math.max(window.longest, t - last); if (window.watching) look(t); }); })(0); 1`);
  const mouse = (type, x, more = {}) => send('Input.dispatchMouseEvent', { type, x: box.x + x, y: box.y + 60, ...more });
  let began = performance.now();
  for (let i = 0; i < 200; i++) await mouse('mouseMoved', (box.w * i) / 200);
  said('200 moves of the cursor', performance.now() - began);
  check((await value(`document.querySelector('.detail output').textContent`)).length > 20, 'the cursor says nothing');
  const range = () => value(`[...document.querySelectorAll('.detail .u-axis')].length`);
  check((await range()) > 0, 'no axes');
  began = performance.now();
  for (let i = 0; i < 10; i++) {
    await mouse('mousePressed', 60 + i, { button: 'left', clickCount: 1 });
    await mouse('mouseMoved', 300, { button: 'left', buttons: 1 });
    await mouse('mouseReleased', 300, { button: 'left', clickCount: 1 });
    for (const clickCount of [1, 2]) for (const type of ['mousePressed', 'mouseReleased']) await mouse(type, 200, { button: 'left', clickCount });
  }
  said('10 zooms in and out', performance.now() - began);
  began = performance.now();
  await value(`document.querySelector('.detail .u-over').focus(), 1`);
  for (let i = 0; i < 50; i++) await key('ArrowLeft', 37);
  said('50 steps by the keyboard', performance.now() - began);
  said('the longest frame of all this', await value('window.watching = false, window.longest'));
  await shot('trend');
  await value(`document.querySelector('button.card').focus(), 1`);
  await key('Enter', 13);
  check(await value(`document.querySelector('.detail').hidden`), 'Enter on an open card does not close it');
}

async function hot() {
  if (!(await value(`!!document.querySelector('details.hot')`))) return;
  said('hot blocks of two nights and what differs', await value(`(async () => { const t = performance.now(), b = document.querySelector('details.hot').closest('section').querySelector('.hot-open'); b.click();
    while (!document.querySelector('.hot-detail pre')) await new Promise((f) => setTimeout(f)); return performance.now() - t; })()`));
  await value(`document.querySelector('.hot-detail:not([hidden])').scrollIntoView({ behavior: 'instant' }), 1`);
  await shot('hot');
}

async function forms() {
  for (const [name, width, media] of [['light', 1200, []], ['dark', 1200, [{ name: 'prefers-color-scheme', value: 'dark' }]], ['narrow', 380, []]]) {
    await open(width, media);
    check(await value('document.documentElement.scrollWidth <= innerWidth'), `${name}: the page scrolls sideways`);
    await shot(name);
  }
  await send('Emulation.setScriptExecutionDisabled', { value: true });
  await open(1200);
  check(await value(`getComputedStyle(document.querySelector('.needs-script') || document.body).display === 'none' || !document.querySelector('.needs-script')`), 'without scripts something promises what needs one');
  check(await value(`document.querySelectorAll('.card svg path').length > 0`), 'without scripts there are no pictures');
  await shot('plain');
  await send('Emulation.setEmulatedMedia', { media: 'print' });
  await shot('print');
  await send('Emulation.setScriptExecutionDisabled', { value: false });
}

function finish(list) {
  clearTimeout(timer);
  list.forEach((w) => console.log(`WRONG: ${w}`));
  chromium.kill();
  chromium.on('exit', () => { rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); process.exit(list.length ? 1 : 0); });
}

try {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  session = (await send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await send(`${domain}.enable`);
  await open(1200);
  const before = requests.length;
  check(!requests.slice(0, before).some((r) => r.endsWith('.js')), 'data is loaded before a click');
  await trend();
  await hot();
  await forms();
  check(requests.every((r) => r.startsWith('file:') || r.startsWith('data:') || r.startsWith('about:') || r.startsWith('blob:')), `the network is asked: ${requests.filter((r) => r.startsWith('http'))}`);
} catch (e) { wrong.push(String(e)); }
finish(wrong);
