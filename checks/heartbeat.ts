import { z } from 'zod';
import type { CheckType } from '../src/core/check-type.ts';
import { cronTimesAround } from '../src/core/cron-times.ts';
import { formatDuration } from '../src/core/duration.ts';
import { gapBetween } from '../src/core/listening.ts';
import { failed, good, unknown } from '../src/core/probe-result.ts';
import { timeZoneProblem } from '../src/core/time-zone.ts';
import { cronSyntaxProblem, cronWalls } from './shared/cron.ts';
import { duration, secret } from './shared/fields.ts';

const CRON_EXPECTED = 'a cron expression of five fields such as "0 2 * * *"';

const options = z.strictObject({
  token: secret
    .regex(/^[A-Za-z0-9_-]{8,128}$/, '8 to 128 letters, digits, hyphens or underscores')
    .describe(
      'Last part of the URL the target posts to. Anyone who knows it can report in, so treat it as a secret.',
    ),
  every: z
    .union([duration, z.string().refine((text) => cronSyntaxProblem(text) === undefined, CRON_EXPECTED)], {
      error: `a duration such as 1d, or ${CRON_EXPECTED}`,
    })
    .describe(
      'How often the target reports in: a duration, or a cron expression of five fields for when it is due.',
    ),
  timezone: z
    .string()
    .refine((text) => timeZoneProblem(text) === undefined, {
      error: ({ input }) => timeZoneProblem(String(input)),
    })
    .optional()
    .describe("Time zone of the cron expression; defaults to this machine's."),
  grace: duration.prefault('1m').describe('How late a report may be.'),
});

type Options = z.output<typeof options>;

export default {
  type: 'heartbeat',
  summary: 'A target reports in on time: a job, or a device that Watchdesk cannot reach.',
  notes: `The target sends \`POST /api/v1/heartbeats/<token>\`; an empty body means success. \`GET\` and \`HEAD\` also
work. \`?status=down&msg=…\`, \`/fail\` after the token, or an exit code other than 0 after the token (\`/$?\`) reports a
failure. An unknown status is rejected. \`/start\` after the token marks the start of a job; its next report shows how long
it took. \`/log\` changes nothing. No sign-in is needed. To move from another monitor, change the URL:

| was | now |
| --- | --- |
| \`https://hc-ping.com/<uuid>\`, with \`/start\`, \`/fail\`, \`/log\`, \`/$?\` | \`https://watch.example.com/api/v1/heartbeats/<token>\`, with the same endings; the uuid can be the token |
| \`https://kuma.example/api/push/<token>?status=up&msg=OK\` | \`https://watch.example.com/api/v1/heartbeats/<token>?status=up&msg=OK\` |

 If \`every\` is a cron expression, the target must report within \`grace\` of each scheduled time. The body
\`{ "status": "failed", "message": "disk full" }\` also reports a failure (\`reported\`), which lasts until the target reports
success. Silence for longer than \`every\` + \`grace\` fails with \`silent\`. A single failure is enough (\`failures: 1\` is the
default of this type), because \`grace\` is the tolerance. A report may be lost while
Watchdesk is not running. If one was due in that time, the target has \`every\` + \`grace\` more to report in, once;
with a cron expression, the next scheduled time counts. A target that was silent before stays down.`,
  examples: [
    {
      title: 'A backup that starts at 02:00 and may take four hours',
      yaml: '{ type: heartbeat, token: "${BACKUP_TOKEN:-another-random-word}", every: "0 2 * * *", timezone: America/Toronto, grace: 4h }',
    },
    {
      title: 'A nightly backup reports when it is done',
      yaml: '{ type: heartbeat, token: "${BACKUP_TOKEN:-a-long-random-word}", every: 1d, grace: 2h }',
    },
  ],
  options,
  cadence({ every }: Options) {
    const intervalMs = typeof every === 'string' ? 60_000 : Math.min(60_000, Math.max(1_000, every / 4));
    return { failures: 1, recoveries: 1, intervalMs, timeoutMs: Math.min(1_000, intervalMs) };
  },
  prepare({ token, every, grace, timezone }: Options) {
    return {
      is: 'prepared',
      subject:
        typeof every === 'string'
          ? `reports in by ${every}${timezone === undefined ? '' : ` (${timezone})`}`
          : `reports in every ${formatDuration(every)}`,
      secrets: [token],
      beatToken: token,
      async probe(context) {
        const now = context.now();
        const beat = context.lastBeat(token);
        if (beat?.status === 'failed')
          return failed('reported', beat.message || 'the target reported a failure');
        const took = beat?.tookMs === undefined ? '' : `, took ${formatDuration(beat.tookMs)}`;
        const isHeard = beat !== undefined && beat.at > 0;
        if (typeof every === 'string') {
          // The last scheduled time whose grace period is over: a report must have arrived since.
          const zone = timezone ?? Temporal.Now.timeZoneId();
          const dueAt = cronTimesAround(cronWalls(every), zone, now - grace).last;
          if (isHeard && beat.at >= dueAt)
            return good(`reported in ${formatDuration(now - beat.at)} ago${took}`);
          if (!isHeard && context.watchedSince > dueAt)
            return unknown('no heartbeat since Watchdesk began to listen; not due yet');
          if (gapBetween(context.listeningGaps(), dueAt, dueAt + grace))
            return unknown('Watchdesk was not running when a heartbeat was due; waiting for the next one');
          return failed('silent', `no heartbeat since it was due ${formatDuration(now - dueAt)} ago`);
        }
        const allowedMs = every + grace;
        const since = isHeard ? beat.at : context.watchedSince;
        // A report may have been lost while nobody listened. Once only: a target that stays silent over many restarts fails.
        const lost = gapBetween(context.listeningGaps(), since, since + allowedMs);
        if (now - Math.max(since, lost?.to ?? 0) > allowedMs) {
          const allowed = `${formatDuration(every)} plus ${formatDuration(grace)} grace`;
          return failed('silent', `no heartbeat for ${formatDuration(now - since)}, allowed ${allowed}`);
        }
        if (!isHeard)
          return unknown('no heartbeat since Watchdesk began to listen; still within the allowed time');
        if (now - since > allowedMs)
          return unknown(
            'a heartbeat may have been missed while Watchdesk was not running; waiting for the next one',
          );
        return good(`reported in ${formatDuration(now - beat.at)} ago${took}`);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
