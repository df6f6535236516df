import { html } from '../../src/web/html.ts';

// Texts that the test for strays must find.
export const strays = [
  html`<a href="/login">Sign in</a>`,
  html`<input placeholder="Your name" />`,
  (since: string) => `Down since ${since}.`,
  'Acknowledge',
  'nobody is on call',
  html`<p class="soft" hidden></p>`,
  'down',
  new Error('a fault of our own'),
];
