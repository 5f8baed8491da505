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
  check((await value('document.querySelectorAll("#speed tbody tr").length')) > 0, 'no answer on the first screen');
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
  await value('document.querySelectorAll("details").forEach(d => { d.open = true; }); window.t = document.querySelector("#speed table.sortable"); 1');
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

// WCAG 2.1: 4.5 between a text and what is behind it, 3 for large text. Texts of pictures stand on the page or on their tile.
async function contrast() {
  for (const theme of ['light', 'dark']) {
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: theme }] });
    const bad = await value(`(() => {
      const rgb = (s) => { const m = s.match(/[\\d.]+/g).map(Number); return s.startsWith('color(srgb') ? [...m.slice(0, 3).map((x) => x * 255), m[3] ?? 1] : [m[0], m[1], m[2], m[3] ?? 1]; };
      const lum = (c) => c.slice(0, 3).map((x) => x / 255).map((x) => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4).reduce((s, x, i) => s + x * [0.2126, 0.7152, 0.0722][i], 0);
      const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
      const behind = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; } return [255, 255, 255, 1]; };
      const seen = {};
      let n = 0;
      for (const e of document.querySelectorAll('main *')) {
        if (![...e.childNodes].some((t) => t.nodeType === 3 && t.textContent.trim()) || !e.getClientRects().length) continue;
        const style = getComputedStyle(e), svg = e.namespaceURI.endsWith('svg'), size = parseFloat(style.fontSize);
        if (svg && e.closest('figure')?.id.match(/interactions|counters/)) continue; // on tiles: test_report_page.c
        const r = ratio(rgb(svg ? style.fill : style.color), behind(e));
        n++;
        if (r < (size >= 24 || (size >= 18.6 && style.fontWeight >= 700) ? 3 : 4.5)) seen[r.toFixed(2) + ' ' + e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 30)] = 1;
      }
      return n < 300 ? ['only ' + n + ' texts'] : Object.keys(seen).slice(0, 5);
    })()`);
    check(!bad.length, `${theme}: too little contrast: ${bad.join('; ')}`);
  }
}

async function sizes() {
  const folded = await value('document.querySelectorAll("details").forEach(d => { d.open = false; }); document.documentElement.scrollHeight');
  check(folded < 12000, `the page is ${folded} pixels high with everything folded`);
  await send('Emulation.setDeviceMetricsOverride', { width: 420, height: 900, deviceScaleFactor: 1, mobile: false });
  check(await value('document.documentElement.scrollWidth <= 420'), 'at 420 pixels the page scrolls sideways');
  check(await value('[...document.querySelectorAll("#speed .scroll, #switches .scroll")].every(e => e.scrollWidth <= e.clientWidth + 1)'), 'at 420 pixels the first tables are cut');
  await send('Emulation.setEmulatedMedia', { media: 'print' });
  await send('Emulation.setDeviceMetricsOverride', { width: 718, height: 1000, deviceScaleFactor: 1, mobile: false });
  const cut = await value(`document.querySelectorAll("details").forEach(d => { d.open = true; });
    [...document.querySelectorAll("main *")].filter(e => e.getClientRects().length && e.getBoundingClientRect().right > 719).slice(0, 3).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 30))`);
  check(!cut.length, `on paper this is cut: ${cut.join('; ')}`);
  check(await value('[...document.querySelectorAll(".scroll")].every(e => getComputedStyle(e).overflowX === "visible")'), 'a scroll bar would be printed');
  await send('Emulation.setEmulatedMedia', { media: '' });
  await send('Emulation.setDeviceMetricsOverride', { width: 1100, height: 1400, deviceScaleFactor: 1, mobile: false });
}

async function search() {
  const all = await value('document.querySelectorAll("#cells tbody tr").length');
  await value('document.querySelector("a[data-search]").click()');
  check(await value('document.querySelector("#cells details").open'), 'a link to the cells does not open them');
  const few = await value('[...document.querySelectorAll("#cells tbody tr")].filter(r => !r.hidden).length');
  check(few > 0 && few <= all, `the search shows ${few} of ${all} rows`);
  await value('(() => { const i = document.querySelector("#cells input"); i.value = "no-such-word"; i.dispatchEvent(new Event("input", { bubbles: true })); })()');
  check((await value('[...document.querySelectorAll("#cells tbody tr")].filter(r => !r.hidden).length')) === 0, 'the search hides nothing');
}

function finish(problems) {
  clearTimeout(timer);
  chromium.kill();
  setTimeout(() => { rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); process.exit(problems.length ? 1 : 0); }, 300);
  for (const p of problems) console.error(`FAIL ${p}`);
  if (!problems.length) console.log('ok: the page opens without errors, its tables sort by mouse and keyboard, hover values, search and both themes work, every text has contrast, nothing is cut at 420 pixels or on paper');
}

try {
  await open();
  await contents();
  await tables();
  await hover();
  await themes();
  await contrast();
  await search();
  await sizes();
  const outside = requests.filter((u) => !u.startsWith('file:') && !u.startsWith('data:'));
  check(!outside.length, `the page asked the network: ${outside.join()}`);
  finish(wrong);
} catch (e) {
  finish([...wrong, e.message]);
}
