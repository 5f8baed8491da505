// The trends of the site: a click on a small picture loads its data, a script beside the page, and draws it by uPlot. Hot blocks of
// a night are a gzip file in a script; what differs between two nights is found here.
(function () {
  'use strict';
  const loaded = new Map(), waiting = new Map();
  window.nightjarSite = {
    add(key, data) {
      loaded.set(key, data);
      (waiting.get(key) || []).forEach((f) => f(data));
      waiting.delete(key);
    },
  };
  const el = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const usable = typeof window.uPlot === 'function';
  document.documentElement.classList.add('has-script');
  if (usable) document.documentElement.classList.add('scripted');

  // All of [key, file]... are there, or one of them is not beside the page.
  function loadAll(wanted, box, then) {
    let left = wanted.length;
    box.hidden = false;
    box.textContent = 'loading';
    wanted.forEach(([key, file]) => load(key, file, () => { if (!--left) then(...wanted.map(([k]) => loaded.get(k))); },
      () => { box.textContent = file + ' is not beside this page'; }));
  }

  function load(key, file, then, failed) {
    if (loaded.has(key)) return then(loaded.get(key));
    if (waiting.has(key)) return void waiting.get(key).push(then);
    waiting.set(key, [then]);
    const s = document.createElement('script');
    s.src = file;
    s.onerror = () => { waiting.delete(key); failed(); };
    document.head.append(s);
  }

  function draw(box, title, series, data, runs, say, alerts, events, hot) {
    const h = document.createElement('h4');
    h.textContent = title;
    box.append(h);
    const axis = () => ({ stroke: css('--fg'), grid: { stroke: css('--grid'), width: 1 }, ticks: { stroke: css('--grid') } });
    const marks = {
      hooks: {
        draw: (u) => {
          const c = u.ctx;
          c.save();
          c.strokeStyle = css('--muted');
          c.setLineDash([1, 3]);
          events.forEach((e) => {
            const x = u.valToPos(e.at, 'x', true);
            if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
            c.beginPath(); c.moveTo(x, u.bbox.top); c.lineTo(x, u.bbox.top + u.bbox.height); c.stroke();
          });
          alerts.forEach((a) => {
            const x = u.valToPos(a.at, 'x', true);
            if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) return;
            c.strokeStyle = css(a.worse ? '--warn' : '--link');
            c.setLineDash([4, 4]);
            c.beginPath(); c.moveTo(x, u.bbox.top); c.lineTo(x, u.bbox.top + u.bbox.height); c.stroke();
          });
          c.restore();
        },
        setCursor: (u) => {
          const i = u.cursor.idx;
          if (i == null) return;
          const r = runs[i], near = alerts.filter((a) => a.at === i).map((a) => a.id + ' ' + a.state).concat(events.filter((e) => e.at === i).map((e) => e.what));
          say.textContent = r[0] + '  ' + r[1] + (near.length ? '  ' + near.join('; ') : '');
        },
      },
    };
    const u = new window.uPlot({
      width: Math.max(320, box.clientWidth - 8), height: 260, scales: { x: { time: false } }, plugins: [marks],
      axes: [Object.assign(axis(), { space: 100, values: (_, v) => v.map((i) => (runs[i] ? runs[i][0].slice(0, 10) : '')) }), Object.assign(axis(), { size: 90 })],
      series: [{ label: 'night', value: (_, i) => (runs[i] ? runs[i][0] : '') }].concat(series),
    }, data, box);
    u.over.tabIndex = 0;
    u.over.setAttribute('aria-label', title + ': left and right move from night to night, Enter shows what there is of one, drag zooms, a double click shows all');
    u.over.addEventListener('keydown', (e) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (!step) return;
      const i = Math.min(runs.length - 1, Math.max(0, (u.cursor.idx == null ? runs.length - 1 : u.cursor.idx) + step));
      u.setCursor({ left: u.valToPos(i, 'x'), top: 10 });
      e.preventDefault();
    });
    const pick = () => {
      const i = u.cursor.idx, r = runs[i];
      if (!r) return;
      say.replaceChildren(r[2] ? el('a', r[0] + '  ' + r[1], { href: r[2] }) : r[0] + '  ' + r[1]);
      if (r[3] && hot) say.append('  ', el('button', 'hot blocks of this night', { type: 'button', onclick: () => hot(i) }));
    };
    u.over.addEventListener('click', pick);
    u.over.addEventListener('keydown', (e) => { if (e.key === 'Enter') pick(); });
    return u;
  }

  const colours = () => [1, 2, 3, 4, 5, 6, 7, 8].map((i) => css('--sw' + i) || css('--link'));

  function show(detail, nights, data, config, hot) {
    const cell = data.cells[config], runs = nights.runs, x = runs.map((_, i) => i), c = colours(), events = nights.events.concat(data.events);
    const say = document.createElement('output');
    detail.replaceChildren(say);
    const alerts = data.alerts.filter((a) => a.config === config);
    if (cell.count) draw(detail, config + ': host instructions, counted', [{ label: 'host instructions', stroke: c[0], width: 2, spanGaps: true, points: { show: runs.length <= 120, size: 4 } }],
      [x, cell.count], runs, say, alerts.filter((a) => a.kind === 'count'), events, hot);
    if (cell.time) draw(detail, config + ': ' + data.timeUnit, [{ label: 'time', stroke: c[1], width: 2, spanGaps: true, points: { show: runs.length <= 120, size: 4 } }, { label: 'quarter', stroke: c[1] + '66', spanGaps: true }, { label: 'three quarters', stroke: c[1] + '66', spanGaps: true }],
      [x, cell.time, cell.lo, cell.hi], runs, say, alerts.filter((a) => a.kind !== 'count'), events, hot);
    const parts = Object.keys(data.attribution);
    if (config === 'all-on' && parts.length) draw(detail, 'what each switch buys: host instructions without it / with everything on',
      parts.map((p, i) => ({ label: p, stroke: c[i % c.length], dash: i >= c.length ? [6, 4] : [], width: 1.5, spanGaps: true })), [x].concat(parts.map((p) => data.attribution[p])), runs, say, [], events, hot);
    detail.hidden = false;
  }

  document.querySelectorAll('button.card').forEach((card) => {
    if (!usable) { card.disabled = true; return; }
    card.addEventListener('click', () => {
      const section = card.closest('section'), detail = section.querySelector('.detail'), open = card.getAttribute('aria-expanded') === 'true';
      section.querySelectorAll('button.card').forEach((o) => o.setAttribute('aria-expanded', 'false'));
      detail.hidden = true;
      if (open) return;
      card.setAttribute('aria-expanded', 'true');
      history.replaceState(null, '', '#cell=' + section.dataset.key + '/' + card.dataset.config);
      loadAll([['nights', 'data/nights.js'], [section.dataset.key, section.dataset.file]], detail,
        (n, d) => show(detail, n, d, card.dataset.config, section.querySelector('.hot-open') ? (i) => openHot(section, i) : null));
    });
  });

  // ---- hot blocks
  const unpacked = new Map();
  async function unpack(id) {
    if (!unpacked.has(id)) {
      const bytes = Uint8Array.from(atob(loaded.get('hot/' + id)), (c) => c.charCodeAt(0));
      unpacked.set(id, await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json());
      loaded.delete('hot/' + id);
    }
    return unpacked.get(id);
  }

  const nameOf = (b) => (b.symbol ? b.symbol + (b.offset ? '+0x' + b.offset.toString(16) : '') : b.gpc);
  const profileOf = (doc, key) => doc && doc.profiles.find((p) => p.workload + '/' + p.guest === key);
  const number = (n) => n.toLocaleString('en');

  // Lines with their numbers of executions, which stand where they differ from the line before.
  function linesOf(block) {
    let hits = '';
    return block.code.map((line) => { const p = line.split('\t'); hits = p[2] || hits; return { key: p[0] + '\t' + p[1], text: p[0], why: p[1], hits }; });
  }

  // Longest common subsequence: [mark, line of either].
  function compare(a, b) {
    const w = b.length + 1, n = new Uint16Array((a.length + 1) * w), out = [];
    for (let i = a.length - 1; i >= 0; i--)
      for (let k = b.length - 1; k >= 0; k--) n[i * w + k] = a[i].key === b[k].key ? n[(i + 1) * w + k + 1] + 1 : Math.max(n[(i + 1) * w + k], n[i * w + k + 1]);
    for (let i = 0, k = 0; i < a.length || k < b.length;) {
      if (i < a.length && k < b.length && a[i].key === b[k].key) out.push([' ', b[k++]]), i++;
      else if (k >= b.length || (i < a.length && n[(i + 1) * w + k] >= n[i * w + k + 1])) out.push(['-', a[i++]]);
      else out.push(['+', b[k++]]);
    }
    return out;
  }

  function showCode(box, now, before) {
    const pre = document.createElement('pre');
    const rows = now && before ? compare(linesOf(before), linesOf(now)) : linesOf(now || before).map((l) => [' ', l]);
    rows.forEach(([mark, l]) => pre.append(el('span', mark + ' ' + String(l.hits).padStart(12) + '  ' + l.text.padEnd(46) + l.why + '\n', { className: mark === '+' ? 'added' : mark === '-' ? 'removed' : '' })));
    box.append(pre, el('p', 'guest: ' + (now || before).guest.join('; '), { className: 'meta' }));
  }

  function showBlocks(list, now, before) {
    const of = (p) => new Map((p ? p.blocks : []).map((b) => [nameOf(b), b])), a = of(before), b = of(now);
    const rows = [...new Set([...b.keys(), ...a.keys()])].map((name) => ({ name, now: b.get(name), before: a.get(name) }));
    const size = (r) => (before ? Math.abs((r.now ? r.now.host : 0) - (r.before ? r.before.host : 0)) : 0);
    rows.sort((x, y) => size(y) - size(x) || (y.now ? y.now.host : 0) - (x.now ? x.now.host : 0));
    list.replaceChildren(...rows.map((r) => {
      const d = document.createElement('details'), s = document.createElement('summary'), any = r.now || r.before, total = (r.now ? now : before).host_instructions;
      s.append(el('code', r.name), '  ' + (100 * any.host / total).toFixed(1) + ' %, ' + number(any.hits) + ' hits, ' + number(any.host) + ' host instructions');
      if (before && r.now && r.before) s.append(', ' + (r.now.host === r.before.host ? 'the same' : (r.now.host > r.before.host ? '+' : '\u2212') + number(Math.abs(r.now.host - r.before.host))));
      else if (before) s.append(r.now ? ', not among the hottest before' : ', no longer among the hottest');
      d.append(s);
      d.addEventListener('toggle', () => { if (d.open && d.children.length === 1) showCode(d, r.now, r.before); });
      return d;
    }));
    if (list.firstElementChild) list.firstElementChild.open = true;
  }

  function hotPanel(section, nights, at) {
    const box = section.querySelector('.hot-detail'), key = section.dataset.key, list = document.createElement('div'), said = document.createElement('output');
    const known = nights.runs.map((r, i) => [i, r]).filter(([, r]) => r[3]).reverse();
    const select = (label, none) => {
      const l = el('label', label + ' '), s = document.createElement('select');
      if (none) s.append(el('option', 'no other night', { value: '' }));
      known.forEach(([i, r]) => s.append(el('option', r[0].slice(0, 16) + '  ' + r[1], { value: i })));
      l.append(s);
      return [l, s];
    };
    const [first, night] = select('Night'), [second, other] = select('beside', true);
    const place = Math.max(0, at == null ? 0 : known.findIndex(([i]) => i === at));
    night.value = known[place][0];
    const earlier = known.slice(place + 1).find(([, r]) => r[3] !== known[place][1][3]);
    other.value = earlier ? earlier[0] : '';
    const update = () => {
      const ids = [night, other].filter((s) => s.value !== '').map((s) => nights.runs[s.value][3]);
      const missing = ids.filter((id) => !unpacked.has(id)).map((id) => ['hot/' + id, 'data/hot/' + id + '.js']);
      const draw = async () => {
        try {
          const [a, b] = await Promise.all(ids.map(unpack)), now = profileOf(a, key), before = profileOf(b, key);
          said.textContent = !now ? 'This night has none of ' + key : number(now.host_instructions) + ' host instructions' +
            (before ? ', ' + number(before.host_instructions) + ' in the other night' : '');
          if (now) showBlocks(list, now, before); else list.replaceChildren();
        } catch (e) { said.textContent = 'This browser cannot unpack them: ' + e.message; }
      };
      if (missing.length) loadAll(missing, said, draw); else draw();
    };
    night.addEventListener('change', update);
    other.addEventListener('change', update);
    box.replaceChildren(first, ' ', second, said, list);
    box.hidden = false;
    update();
    night.focus({ preventScroll: false });
  }

  function openHot(section, at) {
    section.querySelector('.hot-open').setAttribute('aria-expanded', 'true');
    loadAll([['nights', 'data/nights.js']], section.querySelector('.hot-detail'), (n) => hotPanel(section, n, at));
  }

  document.querySelectorAll('button.hot-open').forEach((b) => b.addEventListener('click', () => {
    const section = b.closest('section');
    if (b.getAttribute('aria-expanded') !== 'true') return openHot(section, null);
    b.setAttribute('aria-expanded', 'false');
    section.querySelector('.hot-detail').hidden = true;
  }));

  // A link to #hot=workload/guest opens its hot blocks.
  const hotWanted = decodeURIComponent(location.hash).replace(/^#hot=/, '');
  document.querySelectorAll('button.hot-open').forEach((b) => { if (b.closest('section').dataset.key === hotWanted) b.click(), b.scrollIntoView(); });

  // A link to #cell=workload/guest/configuration opens that trend.
  const wanted = decodeURIComponent(location.hash).replace(/^#cell=/, '');
  document.querySelectorAll('button.card').forEach((card) => {
    if (wanted !== card.closest('section').dataset.key + '/' + card.dataset.config) return;
    card.click();
    card.scrollIntoView();
  });
})();
