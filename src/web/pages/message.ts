import { say } from '../../text/say.ts';
import { html } from '../html.ts';
import type { Problem } from '../problem.ts';
import { layout } from './layout.ts';

const BACK = { wall: '/', status: '/status', portal: '/portal' } as const;

/** An error page for people. */
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
      <a href="${BACK[back]}">${say(`frame.back-to-${back}`)}</a>
    </p>
  </main>`;
  return back === 'wall'
    ? layout(`${title} · Watchdesk`, body)
    : layout(title, body, {
        home: { href: BACK[back], name: say(`frame.home-${back}`) },
      });
}
