import { language } from '../../text/language.ts';
import { say } from '../../text/say.ts';
import { html, Html } from '../html.ts';

/** Placeholder for the reader's name; filled in when the page is sent. */
export const READER_MARK = '<!--reader-->';

/**
 * The frame of every page: works without a script, and as one column on a phone. Texts for the script are on the line
 * that it writes to; it fills in the parts in braces.
 */
export function layout(
  title: string,
  body: Html,
  options: {
    live?: boolean;
    poll?: boolean;
    home?: { href: string; name: string };
    head?: Html;
    /** Shows the alarm icon in the browser tab. */
    isAlarmed?: boolean;
  } = {},
): string {
  const { href, name } = options.home ?? { href: '/', name: 'Watchdesk' };
  return html`<!doctype html>
<html lang="${language()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="/assets/${options.isAlarmed ? 'icon-down' : 'icon'}.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
<script src="/assets/live.js" defer></script>${options.head ?? ''}
</head>
<body${options.live ? new Html(' data-live') : options.poll ? new Html(' data-poll') : ''}>
<header class="top"><a class="home" href="${href}">${name}</a><p id="live" role="status" hidden
  data-live="${say('frame.live', { zone: '{zone}' })}"
  data-not-live="${say('frame.not-live', { time: '{time}' })}"
  data-paused="${say('frame.paused', { time: '{time}' })}"
  data-signed-out="${say('frame.signed-out', { time: '{time}' })}"
  data-sign-in="${say('frame.sign-in')}"
  data-ago="${say('frame.ago', { duration: '{duration}' })}"></p>${new Html(READER_MARK)}</header>
${body}
</body>
</html>
`.text;
}
