import type { Problem } from '../problem.ts';
import { html } from '../html.ts';
import { layout } from './layout.ts';

/** What went wrong, for a person. */
export function problemPage({ title, detail, problems }: Problem): string {
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
    <p><a href="/">Back to the wall</a></p>
  </main>`;
  return layout(`${title} · Watchdesk`, body);
}
