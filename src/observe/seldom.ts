const MINUTE_MS = 60_000;
const MOST_NAMES = 100;

/** Passes a message on at most once a minute per name; the next one reports how many were dropped meanwhile. */
export function oncePerMinute(
  say: (name: string, word: string, more: number) => void,
  now: () => number = () => performance.now(),
): (name: string, word: string) => void {
  const last = new Map<string, { at: number; more: number }>();
  return (name, word) => {
    const known = last.get(name);
    if (known && now() - known.at < MINUTE_MS) {
      known.more++;
      return;
    }
    if (last.size >= MOST_NAMES) last.clear();
    last.set(name, { at: now(), more: 0 });
    say(name, word, known?.more ?? 0);
  };
}

/** Passes each name on once, for at most `most` names. */
export function onceEach(most: number, say: (name: string) => void): (name: string) => void {
  const said = new Set<string>();
  return (name) => {
    if (said.has(name) || said.size >= most) return;
    said.add(name);
    say(name);
  };
}
