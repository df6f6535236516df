import type { Problem } from '../problem.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';

const BACK = {
  wall: { href: '/', name: 'Back to the wall' },
  status: { href: '/status', name: 'Back to the status page' },
  portal: { href: '/portal', name: 'Back to your tickets' },
} as const;

/** What went wrong, for a person. */
export function problemPage({ title, detail, problems }: Problem, back: keyof typeof BACK = 'wall'): string {
  const body = html`<main id="wall">
    <h1>${title}</h1>
    <p class="lead">${detail}</p>
    ${
      problems
        ? html`<ul>
            ${problems.map((problem) => html`<li>${problem}</li>`)}
          </ul>`
        : ''
    }
    <p>
      <a href="${BACK[back].href}">${BACK[back].name}</a>
    </p>
  </main>`;
  return back === 'wall'
    ? layout(`${title} · Watchdesk`, body)
    : layout(title, body, {
        home: { href: BACK[back].href, name: back === 'status' ? 'Status' : 'Support' },
      });
}
