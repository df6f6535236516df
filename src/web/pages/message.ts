import type { Problem } from '../problem.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';

/** What went wrong, for a person. */
export function problemPage({ title, detail, problems }: Problem, back: 'wall' | 'status' = 'wall'): string {
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
      ${back === 'wall' ? html`<a href="/">Back to the wall</a>` : html`<a href="/status">Back to the status page</a>`}
    </p>
  </main>`;
  return back === 'wall'
    ? layout(`${title} · Watchdesk`, body)
    : layout(title, body, { home: { href: '/status', name: 'Status' } });
}
