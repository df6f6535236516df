// Keeps a page fresh: relative times every second, the page's main part when the server says it changed. Everything
// on the page is there without this script.
/** Path under which a proxy shows this page; empty at the top. */
const BASE = document.documentElement.dataset.base ?? '';
/** The line at the top; its attributes are what it may say, in the language of the page. */
const LINE = document.getElementById('live');
const WORDS = { ...LINE.dataset };
/** Dates are written in the language of the page, as the reader's country writes them where that is known. */
const PAGE_LANGUAGE = document.documentElement.lang;
const LOCALE =
  navigator.languages.find((one) => one.split('-')[0] === PAGE_LANGUAGE.split('-')[0]) ?? PAGE_LANGUAGE;

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

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

const zone = Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });
const sameDay = Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium', hourCycle: 'h23' });
const otherDay = Intl.DateTimeFormat(LOCALE, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const otherYear = Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' });

function writeTimes(root) {
  const now = Date.now();
  for (const time of root.querySelectorAll('time[data-ago]')) {
    time.textContent = filled(WORDS.ago, { duration: lasting((now - Date.parse(time.dateTime)) / 1000) });
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

// What the line at the top says: live, paused while somebody types, cut off since a moment, or signed out.
let lostSince;
let signedOutAt;
let pausedSince;

function showState() {
  const at = (moment) => ({ time: sameDay.format(moment) });
  const text = signedOutAt
    ? filled(WORDS.signedOut, at(signedOutAt))
    : lostSince
      ? filled(WORDS.notLive, at(lostSince))
      : pausedSince
        ? filled(WORDS.paused, at(pausedSince))
        : filled(WORDS.live, { zone: zone.resolvedOptions().timeZone });
  const isCut = Boolean(signedOutAt ?? lostSince);
  document.body.classList.toggle('cut-off', isCut);
  // The public page says nothing while all is well.
  LINE.hidden = !('live' in document.body.dataset) && !isCut && !pausedSince;
  LINE.classList.toggle('cut', isCut);
  if (LINE.dataset.text !== text) {
    LINE.dataset.text = text;
    LINE.textContent = text;
    if (signedOutAt) {
      const link = document.createElement('a');
      const path = location.pathname.slice(BASE.length) + location.search;
      link.href = `${BASE}/login?next=${encodeURIComponent(path)}`;
      link.textContent = WORDS.signIn;
      LINE.append(' ', link);
    }
  }
}

function lost() {
  lostSince ??= new Date();
  showState();
}

function found() {
  lostSince = undefined;
  showState();
}

function signedOut() {
  signedOutAt ??= new Date();
  showState();
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

// A server that does not answer within this is as good as gone.
const ANSWER_MS = 8000;

async function refresh() {
  if (signedOutAt) return;
  if (refreshing) {
    wanted = true;
    return;
  }
  refreshing = true;
  try {
    const answer = await fetch(location.href, {
      headers: { accept: 'text/html' },
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    // A session that has ended leads to the sign-in page.
    if (answer.type === 'opaqueredirect' || answer.status === 401) return signedOut();
    const text = answer.ok ? await answer.text() : undefined;
    const isTyping = isBeingFilled();
    pausedSince = isTyping ? (pausedSince ?? new Date()) : undefined;
    // The answer may have taken its time, and the reader begun to write meanwhile.
    if (text === undefined || (!isTyping && !replaceMain(text))) lost();
    else if (isConnected()) found();
  } catch {
    lost();
  } finally {
    refreshing = false;
    if (wanted) {
      wanted = false;
      refresh();
    }
  }
}

/** The tab says whether something is wrong, also when it is not looked at. */
function showIcon(fresh) {
  const [icon, wished] = [document, fresh].map((page) => page.querySelector('link[rel=icon]'));
  const href = wished?.getAttribute('href');
  if (icon && href && icon.getAttribute('href') !== href) icon.setAttribute('href', href);
}

/** False when what came is not this page. */
function replaceMain(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const main = fresh.getElementById('wall');
  showIcon(fresh);
  const old = document.getElementById('wall');
  if (!main) return false;
  writeTimes(main);
  if (main.innerHTML === old.innerHTML) return true;
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
  return true;
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
    history.replaceState(null, '', text === '' ? `${BASE}/` : `${BASE}/?${text}`);
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

// The server says every ten seconds that it is there.
const SILENT_MS = 25_000;
let stream;
let heardAt = 0;

function isConnected() {
  return !stream || (stream.readyState === EventSource.OPEN && Date.now() - heardAt < SILENT_MS);
}

function listen() {
  stream = new EventSource(`${BASE}/live`);
  const heard = () => (heardAt = Date.now());
  stream.addEventListener('open', () => {
    heard();
    refresh();
  });
  stream.addEventListener('tick', heard);
  stream.addEventListener('change', () => {
    heard();
    refresh();
  });
  stream.addEventListener('signed-out', () => {
    stream.close();
    signedOut();
  });
  stream.addEventListener('error', lost);
}

if ('live' in document.body.dataset) {
  listen();
  setInterval(() => {
    if (signedOutAt) return;
    // A browser gives up for good on a connection that was refused: it is begun anew, and says by its answer why.
    if (stream.readyState === EventSource.CLOSED) listen();
    if (!isConnected()) lost();
    if (!document.hidden) refresh();
  }, SENTENCES_MS);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) refresh();
  });
}

// The public page asks again by itself; no stream is held open for every reader.
const POLL_MS = 30_000;
if ('poll' in document.body.dataset) {
  setInterval(() => {
    if (!document.hidden) refresh();
  }, POLL_MS);
}
