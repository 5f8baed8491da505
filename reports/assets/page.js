'use strict';
// Sorting of tables and hover values. Nothing else: without scripts the page shows the same numbers.
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
