import { say } from '../../text/say.ts';
import { html, type Html } from '../html.ts';
import type { Reader } from '../reader.ts';

/** Asks for a name, unless the reader is signed in; `given`: the previous input. Needs `peopleList` on the page. */
export const whoAreYou = ({ isStranger }: Reader, given = ''): Html =>
  isStranger
    ? html`<label
        >${say('sign-in.your-name')}
        <input name="by" list="people" required maxlength="80" autocomplete="name" value="${given}"
      /></label>`
    : html``;

export const peopleList = (people: Iterable<{ id: string; name: string }>): Html =>
  html`<datalist id="people">
    ${[...people].map(({ id, name }) => html`<option value="${id}">${name}</option>`)}
  </datalist>`;
