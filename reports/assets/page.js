'use strict';
// Sorting and searching of tables, and hover values. Nothing else: without scripts the page shows the same numbers.
(function () {
  function key(row, column) {
    var cell = row.cells[column], v = cell.getAttribute('data-v');
    if (v === null) return cell.textContent.trim().toLowerCase();
    return v === '' ? null : Number(v);
  }
  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null); // unknown values stay last
    return (a < b ? -1 : a > b ? 1 : 0) * sign;
  }
  function sort(th) {
    var table = th.closest('table'), body = table.tBodies[0], column = th.cellIndex;
    var now = th.getAttribute('aria-sort');
    // Numbers start with the largest, names with the first.
    var up = now === 'none' ? !th.classList.contains('num') : now === 'descending';
    table.querySelectorAll('thead th').forEach(function (h) { h.setAttribute('aria-sort', 'none'); });
    th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    Array.from(body.rows)
      .map(function (row, i) { return { row: row, key: key(row, column), i: i }; })
      .sort(function (a, b) { return compare(a.key, b.key, up ? 1 : -1) || a.i - b.i; })
      .forEach(function (x) { body.appendChild(x.row); });
  }
  document.addEventListener('click', function (e) {
    var button = e.target.closest('table.sortable thead button');
    if (button) sort(button.parentElement);
  });

  // On a narrow screen each row of the first tables is a small list; its labels are the heads.
  document.querySelectorAll('#speed table, #switches table, #sides table').forEach(function (table) {
    var heads = Array.from(table.tHead.rows[0].cells).map(function (h) { return h.textContent; });
    table.classList.add('stack');
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      Array.from(row.cells).forEach(function (cell, i) { cell.setAttribute('data-head', heads[i]); });
    });
  });

  // A row stays when it has every word.
  function filter(input) {
    var box = document.getElementById(input.getAttribute('data-filters')), shown = 0;
    var words = input.value.toLowerCase().split(/\s+/).filter(Boolean), rows = box.querySelectorAll('tbody tr');
    rows.forEach(function (row) {
      var cells = Array.from(row.cells).map(function (c) { return c.textContent.toLowerCase(); });
      row.hidden = !words.every(function (w) { return cells.some(function (c) { return c.indexOf(w) >= 0; }); });
      shown += !row.hidden;
    });
    input.closest('.search').querySelector('output').textContent = shown + ' of ' + rows.length + ' rows';
  }
  document.querySelectorAll('[data-filters]').forEach(function (input) {
    input.closest('.search').hidden = false;
    input.addEventListener('input', function () { filter(input); });
  });
  // A link to a table opens it, with its search filled in; a link into a fold opens the fold.
  document.addEventListener('click', function (e) {
    var link = e.target.closest('a[href^="#"]'), to = link && document.getElementById(link.hash.slice(1));
    if (!to) return;
    for (var fold = to.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    var input = to.querySelector('[data-filters]');
    if (!input) return;
    input.closest('details').open = true;
    input.value = link.getAttribute('data-search') || input.value;
    filter(input);
  });

  var tip = document.getElementById('tip');
  document.addEventListener('pointermove', function (e) {
    var area = e.target.closest && e.target.closest('[data-tip]');
    tip.hidden = !area;
    if (!area) return;
    tip.textContent = area.getAttribute('data-tip');
    var w = tip.offsetWidth, h = tip.offsetHeight, x = e.clientX + 14, y = e.clientY + 16;
    if (x + w > innerWidth - 8) x = Math.max(8, e.clientX - w - 14);
    if (y + h > innerHeight - 8) y = Math.max(8, e.clientY - h - 12);
    tip.style.left = x + 'px';
    tip.style.top = y + 'px';
  });
  document.addEventListener('pointerleave', function () { tip.hidden = true; });
  document.addEventListener('scroll', function () { tip.hidden = true; }, { passive: true });
})();
