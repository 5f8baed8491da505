// The trends of the site: a click on a small picture loads its data, a script beside the page, and draws it by uPlot.
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
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const usable = typeof window.uPlot === 'function';
  if (usable) document.documentElement.classList.add('scripted');

  function load(key, file, then, failed) {
    if (loaded.has(key)) return then(loaded.get(key));
    if (waiting.has(key)) return void waiting.get(key).push(then);
    waiting.set(key, [then]);
    const s = document.createElement('script');
    s.src = file;
    s.onerror = () => { waiting.delete(key); failed(); };
    document.head.append(s);
  }

  function draw(box, title, series, data, runs, say, alerts) {
    const h = document.createElement('h4');
    h.textContent = title;
    box.append(h);
    const axis = () => ({ stroke: css('--fg'), grid: { stroke: css('--grid'), width: 1 }, ticks: { stroke: css('--grid') } });
    const marks = {
      hooks: {
        draw: (u) => {
          const c = u.ctx;
          c.save();
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
          const r = runs[i], near = alerts.filter((a) => a.at === i);
          say.textContent = r[0] + '  ' + r[1] + (near.length ? '  ' + near.map((a) => a.id + ' ' + a.state).join(', ') : '');
        },
      },
    };
    const u = new window.uPlot({
      width: Math.max(320, box.clientWidth - 8), height: 260, scales: { x: { time: false } }, plugins: [marks],
      axes: [Object.assign(axis(), { values: (_, v) => v.map((i) => (runs[i] ? runs[i][0].slice(0, 10) : '')) }), Object.assign(axis(), { size: 90 })],
      series: [{ label: 'night', value: (_, i) => (runs[i] ? runs[i][0] : '') }].concat(series),
    }, data, box);
    u.over.tabIndex = 0;
    u.over.setAttribute('aria-label', title + ': left and right move from night to night, drag zooms, a double click shows all');
    u.over.addEventListener('keydown', (e) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (!step) return;
      const i = Math.min(runs.length - 1, Math.max(0, (u.cursor.idx == null ? runs.length - 1 : u.cursor.idx) + step));
      u.setCursor({ left: u.valToPos(i, 'x'), top: 10 });
      e.preventDefault();
    });
    u.over.addEventListener('click', () => {
      const r = runs[u.cursor.idx];
      if (r && r[2]) say.innerHTML = '', say.append(Object.assign(document.createElement('a'), { href: r[2], textContent: r[0] + '  ' + r[1] }));
    });
    return u;
  }

  const colours = () => [1, 2, 3, 4, 5, 6, 7, 8].map((i) => css('--sw' + i) || css('--link'));

  function show(detail, data, config) {
    const cell = data.cells[config], x = data.runs.map((_, i) => i), c = colours();
    const say = document.createElement('output');
    detail.replaceChildren(say);
    const alerts = data.alerts.filter((a) => a.config === config);
    const plots = [];
    if (cell.count) plots.push(draw(detail, config + ': host instructions, counted', [{ label: 'host instructions', stroke: c[0], width: 2, spanGaps: true, points: { show: true, size: 4 } }],
      [x, cell.count], data.runs, say, alerts.filter((a) => a.kind === 'count')));
    if (cell.time) plots.push(draw(detail, config + ': ' + data.timeUnit, [{ label: 'time', stroke: c[1], width: 2, spanGaps: true, points: { show: true, size: 4 } }, { label: 'quarter', stroke: c[1] + '66', spanGaps: true }, { label: 'three quarters', stroke: c[1] + '66', spanGaps: true }],
      [x, cell.time, cell.lo, cell.hi], data.runs, say, alerts.filter((a) => a.kind !== 'count')));
    const parts = Object.keys(data.attribution);
    if (config === 'all-on' && parts.length) plots.push(draw(detail, 'what each switch buys: host instructions without it / with everything on',
      parts.map((p, i) => ({ label: p, stroke: c[i % c.length], dash: i >= c.length ? [6, 4] : [], width: 1.5, spanGaps: true })), [x].concat(parts.map((p) => data.attribution[p])), data.runs, say, []));
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
      detail.hidden = false;
      detail.textContent = 'loading ' + section.dataset.file;
      history.replaceState(null, '', '#cell=' + section.dataset.key + '/' + card.dataset.config);
      load(section.dataset.key, section.dataset.file, (d) => show(detail, d, card.dataset.config), () => { detail.textContent = section.dataset.file + ' is not beside this page'; });
    });
  });

  // A link to #cell=workload/guest/configuration opens that trend.
  const wanted = decodeURIComponent(location.hash).replace(/^#cell=/, '');
  document.querySelectorAll('button.card').forEach((card) => {
    if (wanted !== card.closest('section').dataset.key + '/' + card.dataset.config) return;
    card.click();
    card.scrollIntoView();
  });
})();
