// Keeps a page fresh: relative times every second, the page's main part when the server says it changed. Everything
// on the page is there without this script.
const units = [
  [86400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

function lasting(seconds) {
  const [size, unit] = units.find(([size]) => seconds >= size * (size === 60 ? 2 : 1)) ?? [1, 's'];
  return `${Math.max(0, Math.floor(seconds / size))} ${unit}`;
}

const zone = Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });
const sameDay = Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
const otherDay = Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

const otherYear = Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

function writeTimes(root) {
  const now = Date.now();
  for (const time of root.querySelectorAll('time[data-ago]')) {
    time.textContent = `${lasting((now - Date.parse(time.dateTime)) / 1000)} ago`;
    time.title = zone.format(new Date(time.dateTime));
  }
  for (const time of root.querySelectorAll('time[data-clock]')) {
    const at = new Date(time.dateTime);
    const today = at.toDateString() === new Date(now).toDateString();
    const thisYear = at.getFullYear() === new Date(now).getFullYear();
    time.textContent = (today ? sameDay : thisYear ? otherDay : otherYear).format(at);
    time.title = zone.format(at);
  }
}

function showLive(text, cut) {
  const line = document.getElementById('live');
  line.hidden = false;
  line.textContent = text;
  line.classList.toggle('cut', cut);
}

let refreshing = false;
let wanted = false;

/** Somebody is about to answer: nothing may move under their fingers, and nothing they typed may go. */
function isBeingFilled() {
  if (document.activeElement?.closest('form:not([data-search])')) return true;
  return [...document.querySelectorAll('form:not([data-search]) :is(input, textarea)')].some(
    (input) => input.value !== input.defaultValue,
  );
}

async function refresh() {
  if (isBeingFilled()) return;
  if (refreshing) {
    wanted = true;
    return;
  }
  refreshing = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    const text = answer.ok ? await answer.text() : undefined;
    // The answer may have taken its time, and the reader begun to write meanwhile.
    if (text !== undefined && !isBeingFilled()) replaceMain(text);
  } finally {
    refreshing = false;
    if (wanted) {
      wanted = false;
      refresh();
    }
  }
}

function replaceMain(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const main = fresh.getElementById('wall');
  const old = document.getElementById('wall');
  writeTimes(main);
  if (!main || main.innerHTML === old.innerHTML) return;
  const open = new Set([...old.querySelectorAll('details[open]')].map((part) => part.textContent));
  for (const part of main.querySelectorAll('details')) part.open = open.has(part.textContent);
  const before = new Map(
    [...old.querySelectorAll('li > a')].map((row) => [
      row.getAttribute('href'),
      row.className + row.querySelector('.mark')?.className,
    ]),
  );
  for (const row of main.querySelectorAll('li > a')) {
    const was = before.get(row.getAttribute('href'));
    if (was !== row.className + row.querySelector('.mark')?.className) row.classList.add('changed');
  }
  document.title = fresh.title;
  const focused = focusIn(old);
  old.replaceWith(main);
  focused(main);
}

/** Where the reader is, so that they are there afterwards: in the search field, or on a row. */
function focusIn(old) {
  const active = document.activeElement;
  if (!active || !old.contains(active)) return () => {};
  if (active.type === 'search') {
    const { value, selectionStart } = active;
    return (main) => {
      const field = main.querySelector('input[type=search]');
      if (!field) return;
      field.value = value;
      field.focus();
      field.setSelectionRange(selectionStart, selectionStart);
    };
  }
  const href = active.getAttribute('href');
  return (main) => {
    const same = href && [...main.querySelectorAll('a')].find((link) => link.getAttribute('href') === href);
    same?.focus();
  };
}

let searching;

document.addEventListener('input', (event) => {
  const form = event.target.closest('form[data-search]');
  if (!form) return;
  clearTimeout(searching);
  searching = setTimeout(() => {
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''));
    const text = query.toString();
    history.replaceState(null, '', text === '' ? '/' : `/?${text}`);
    refresh();
  }, 150);
});

/** Rows of the wall, one after another. */
function step(by) {
  const rows = [...document.querySelectorAll('a.incident, a.target, a.row')];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement);
  const next = at === -1 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  rows[Math.min(rows.length - 1, Math.max(0, next))].focus();
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector('input[type=search]');
  if (event.key === 'Escape' && document.activeElement === field) return field.blur();
  if (event.target.closest('input, textarea, select')) return;
  if (event.key === '/' && field) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
});

writeTimes(document);
setInterval(() => writeTimes(document), 1000);
// Sentences say for how long: they grow old without any change.
const SENTENCES_MS = 10_000;

if ('live' in document.body.dataset) {
  const stream = new EventSource('/live');
  stream.addEventListener('open', () => {
    showLive(`Live, times in ${zone.resolvedOptions().timeZone}`, false);
    refresh();
  });
  stream.addEventListener('change', refresh);
  setInterval(() => {
    if (stream.readyState === EventSource.OPEN && !document.hidden) refresh();
  }, SENTENCES_MS);
  stream.addEventListener('error', () => {
    if (!document.getElementById('live').classList.contains('cut')) {
      showLive(`Not live since ${sameDay.format(new Date())}`, true);
    }
  });
}

// The public page asks again by itself; no stream is held open for every reader.
const POLL_MS = 30_000;
if ('poll' in document.body.dataset) {
  setInterval(() => {
    if (!document.hidden) refresh();
  }, POLL_MS);
}
