// For the hand only: every page works without it.
(() => {
  const $ = (s, root = document) => root.querySelector(s), all = (s, root = document) => [...root.querySelectorAll(s)];
  const typing = el => el && /^(INPUT|SELECT|TEXTAREA)$/.test(el.tagName);
  const scan = $('[data-scan]');
  const free = () => !document.activeElement?.closest('a,button,input,select,textarea,summary');

  // Scan box: typing while nothing has the focus goes there; Escape returns to it, empty.
  document.addEventListener('keydown', e => {
    if (!scan || e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.key === 'Escape' && !$('details.pop[open]')) { scan.value = ''; scan.focus(); }
    else if (free() && e.key.length === 1) scan.focus();
  });
  // An address with a fragment keeps the browser from focusing the box by itself.
  addEventListener('load', () => { if (scan && free() && !/^#r\d/.test(location.hash)) scan.focus({ preventScroll: true }); });

  // Rows: up and down move through the same control of the next row, Home and End to the ends.
  document.addEventListener('keydown', e => {
    const row = e.target.closest?.('.grid tbody tr'), step = { ArrowDown: 1, ArrowUp: -1, Home: -1e9, End: 1e9 }[e.key];
    if (!row || !step || e.altKey || e.ctrlKey || /^(SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    if (e.target.tagName === 'INPUT' && e.target.type !== 'checkbox' && Math.abs(step) > 1) return;
    const stops = r => all('a,button,input,summary', r);
    const rows = all('tbody tr', row.closest('table')).filter(r => !r.hidden && stops(r).length);
    const nth = stops(row).indexOf(e.target), to = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step))];
    if (!to) return;
    e.preventDefault();
    const list = stops(to);
    list[Math.min(nth, list.length - 1)].focus();
    to.scrollIntoView({ block: 'nearest' });
  });

  // Menus: one open at a time; Escape or a click elsewhere closes.
  const closeMenus = keep => all('details.pop[open]').forEach(d => { if (d !== keep) d.open = false; });
  document.addEventListener('click', e => closeMenus(e.target.closest('details.pop')));
  document.addEventListener('keydown', e => {
    const open = e.key === 'Escape' && $('details.pop[open]');
    if (open) { open.open = false; $('summary', open).focus(); }
  });

  // Clock and minutes of waiting, from the server's time so that a wrong PC clock does no harm.
  const clock = $('[data-clock]');
  if (clock) {
    const drift = new Date(clock.dateTime) - Date.now(), two = n => String(n).padStart(2, '0');
    const tick = () => {
      const now = new Date(Date.now() + drift), part = new Intl.DateTimeFormat('ja-JP', { timeZone: 'Asia/Tokyo', month: 'numeric', day: 'numeric', weekday: 'short', hour: 'numeric', minute: '2-digit', hourCycle: 'h23' })
        .formatToParts(now).reduce((o, p) => ({ ...o, [p.type]: p.value }), {});
      clock.textContent = `${part.month}月${part.day}日（${part.weekday}）${Number(part.hour)}:${two(part.minute)}`;
      all('time[data-since]').forEach(t => t.textContent = `${Math.max(0, Math.floor((now - new Date(t.dateTime)) / 6e4))}分`);
    };
    tick();
    setInterval(tick, 5000);
  }

  // Short lists: show what contains the typed words, kana and width ignored.
  const fold = s => s.normalize('NFKC').toLowerCase().replace(/[\u3041-\u3096]/g, c => String.fromCharCode(c.charCodeAt(0) + 96)).replace(/[\s\-]/g, '');
  all('[data-filter]').forEach(box => {
    const items = all(box.dataset.filter), said = $(box.dataset.said || '#-'), texts = items.map(i => fold(i.textContent));
    box.addEventListener('input', e => {
      if (e.isComposing) return;
      const want = fold(box.value);
      let shown = 0;
      items.forEach((item, n) => { item.hidden = !texts[n].includes(want); shown += !item.hidden; });
      if (said) said.textContent = `${shown}件`;
    });
    box.addEventListener('compositionend', () => box.dispatchEvent(new Event('input')));
  });

  // Tick all, and say how many are ticked.
  all('[data-all]').forEach(head => {
    const form = head.closest('form') || document, boxes = () => all(`input[name="${head.dataset.all}"]`, form);
    const say = () => {
      const n = boxes().filter(b => b.checked).length;
      all('[data-ticked]', form).forEach(t => t.textContent = n);
      head.checked = n > 0 && n === boxes().length;
      head.indeterminate = n > 0 && n < boxes().length;
    };
    form.addEventListener('change', e => { if (e.target === head) boxes().forEach(b => b.checked = head.checked); say(); });
    say();
  });

  // Work that goes on: the page comes again by itself while nobody is at one of its controls.
  const again = $('[data-again]');
  if (again) setInterval(() => { if (free() && !document.hidden) location.reload(); }, 1000 * again.dataset.again);

  // Print buttons.
  document.addEventListener('click', e => { if (e.target.closest('[data-print]')) { e.preventDefault(); window.print(); } });

  // A second press of the same button within two seconds does nothing (the server is idempotent anyway).
  document.addEventListener('submit', e => {
    const last = Number(e.target.dataset.sent || 0);
    if (Date.now() - last < 2000) e.preventDefault(); else e.target.dataset.sent = Date.now();
  });
})();
