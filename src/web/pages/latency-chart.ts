import { formatDuration } from '../../core/duration.ts';
import type { HistorySpan } from '../../core/history.ts';
import type { TimedResult } from '../../history/latencies.ts';
import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import { markup } from '../markup.ts';
import { clock } from './parts.ts';

const WIDTH = 720;
const HEIGHT = 160;
const LEFT = 64;
const TOP = 8;
const BOTTOM = 8;

/** Rounds up to 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 0.1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!;
}

/** Durations of the last probes, on an axis from zero; bands mark the time when the target was down. */
export function latencyChart(results: readonly TimedResult[], spans: readonly HistorySpan[]): Html {
  const first = results[0];
  const last = results.at(-1);
  if (!first || !last || results.length < 2) return html``;
  const top = roundUp(Math.max(...results.map(({ durationMs }) => durationMs)));
  const span = Math.max(1, last.at - first.at);
  const x = (at: number) => (LEFT + ((at - first.at) / span) * (WIDTH - LEFT)).toFixed(1);
  const y = (ms: number) => (HEIGHT - BOTTOM - (ms / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const points = results.map(({ at, durationMs }) => `${x(at)},${y(durationMs)}`).join(' ');
  const bad = results.filter(({ isGood }) => !isGood);
  const bands = spans
    .filter(({ state, from, to = last.at }) => state === 'down' && from < last.at && to > first.at)
    .map(({ from, to = last.at }) => [Math.max(from, first.at), Math.min(to, last.at)] as const);
  const slowest = results.reduce((a, b) => (b.durationMs > a.durationMs ? b : a));
  const count = results.length;
  const [latest, longest] = [formatDuration(last.durationMs), formatDuration(slowest.durationMs)];
  const failed = bad.length;
  return html`<figure class="chart-part">
    <svg
      class="chart"
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img"
      aria-label="${say('target.chart', { count, latest, slowest: longest, failed })}"
    >
      ${[0, top / 2, top].map(
        (ms) =>
          html`<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y(ms)}" y2="${y(ms)}" /><text
              x="${LEFT - 8}"
              y="${Number(y(ms)) + 4}"
              text-anchor="end"
              >${ms === 0 ? '0' : formatDuration(ms)}</text
            >`,
      )}
      ${bands.map(
        ([from, to]) =>
          html`<rect
            class="band"
            x="${x(from)}"
            y="${TOP}"
            width="${Math.max(2, Number(x(to)) - Number(x(from))).toFixed(1)}"
            height="${HEIGHT - TOP - BOTTOM}"
          />`,
      )}
      <polyline class="line" points="${points}" />
      ${bad.map(
        ({ at, durationMs }) =>
          html`<rect
            class="bad"
            x="${(Number(x(at)) - 3).toFixed(1)}"
            y="${(Number(y(durationMs)) - 3).toFixed(1)}"
            width="6"
            height="6"
          />`,
      )}
    </svg>
    <figcaption class="soft">
      ${markup('target.chart-with-times', { count, latest, slowest: longest, failed, from: clock(first.at), to: clock(last.at) })}
    </figcaption>
  </figure>`;
}
