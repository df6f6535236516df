import type { KnownBlock } from '@slack/web-api';
import { formatDuration } from '../../core/duration.ts';
import { isOpen, stillFailing, ticketAtHand, ticketTitle, type Incident } from '../../core/incident.ts';
import { neutraliseLine } from '../../core/neutralise.ts';
import { reasonAndMessage } from '../../core/reason.ts';
import { incidentSentence, MARKS } from '../../core/sentence.ts';
import { clockTimeSeenFrom } from '../../core/wording.ts';
import { say } from '../../text/say.ts';
import type { OutgoingMessage } from '../channel.ts';

/** Slack allows a section 3,000 characters. */
const SECTION = 2_800;
const EVIDENCE = 3;
const ESTIMATES_MINUTES = [30, 60, 120, 240, 480];

/**
 * Escapes text by any author: it mentions nobody and formats nothing.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
export const slackEscaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The message as one text: read aloud, shown in lists, and posted in the thread. */
export function slackText({ text }: OutgoingMessage): string {
  const words = text.replace(/ https?:\/\/\S+$/, '');
  return slackEscaped(words).slice(0, 3_500);
}

/** The incident's state at this moment, and what can be done about it. */
export function slackBlocks(message: OutgoingMessage, hasButtons: boolean, now: number): KnownBlock[] {
  const { incident, timeZone, link, owner } = message;
  if (!incident) return [];
  const clock = (at: number) => `${clockTimeSeenFrom(at, now, timeZone)} (${timeZone})`;
  const open = isOpen(incident);
  const mark = open ? MARKS.down : MARKS.up;
  const { priority } = incident;
  const sentence = neutraliseLine(incidentSentence(incident, now), 200);
  const head = incident.customer
    ? say('slack.headline-customer', {
        mark,
        priority,
        sentence,
        customer: neutraliseLine(incident.customer, 80),
      })
    : say('slack.headline', { mark, priority, sentence });
  const since = say('slack.since', { time: clock(incident.startedAt) });
  const lines = [
    `*${slackEscaped(head)}*`,
    slackEscaped([since, ...standing(incident, clock, owner)].join(' ')),
    ...stillFailing(incident)
      .slice(0, EVIDENCE)
      .map(
        ({ target, check, reason, message: said }) =>
          `• ${slackEscaped(neutraliseLine(`${target}/${check}: ${reasonAndMessage(reason, said)}`, 200))}`,
      ),
  ];
  return [
    {
      type: 'section',
      text: { type: 'mrkdwn', text: `${within(lines)}\n<${link}|${slackEscaped(say('slack.open'))}>` },
    },
    ...(open && hasButtons ? [buttons(incident)] : []),
  ];
}

/** Whole lines only: a cut could fall within an escape. */
function within(lines: readonly string[]): string {
  let text = '';
  for (const line of lines)
    if (text.length + line.length < SECTION) text += `${text === '' ? '' : '\n'}${line}`;
  return text;
}

/** The incident's status, one sentence each. */
function standing(incident: Incident, clock: (at: number) => string, owner: string | undefined): string[] {
  const { status, episode } = incident;
  const { estimate } = episode;
  const ticket = ticketAtHand(incident);
  const who =
    status.is === 'worked'
      ? say('slack.acknowledged', { person: owner ?? status.by })
      : status.is === 'open'
        ? say('slack.unacknowledged')
        : owner
          ? say('slack.resolved-by', { time: clock(status.at), person: owner })
          : say('slack.resolved', { time: clock(status.at) });
  return [
    who,
    ...(estimate && status.is !== 'resolved' ? [say('slack.estimate', { time: clock(estimate.at) })] : []),
    ...(ticket ? [say('slack.ticket', { ticket: ticketTitle(ticket) })] : []),
  ];
}

function buttons({ id, status }: Incident): KnownBlock {
  const button = (action: string, text: string, style?: 'primary') =>
    ({
      type: 'button',
      action_id: `wd_${action}`,
      value: id,
      text: { type: 'plain_text', text },
      ...(style && { style }),
    }) as const;
  return {
    type: 'actions',
    block_id: `wd ${id}`,
    elements: [
      ...(status.is === 'open' ? [button('acknowledge', say('slack.acknowledge'), 'primary')] : []),
      button('escalate', say('slack.escalate')),
      button('resolve', say('slack.resolve')),
      {
        type: 'static_select',
        action_id: 'wd_estimate',
        placeholder: { type: 'plain_text', text: say('slack.estimated-fix') },
        options: ESTIMATES_MINUTES.map((minutes) => ({
          text: { type: 'plain_text', text: formatDuration(minutes * 60_000) },
          value: `${id} ${minutes}`,
        })),
      },
    ],
  };
}
