import { z } from 'zod';
import type { CheckType } from '../src/core/check-type.ts';
import { formatDuration } from '../src/core/duration.ts';
import { failed, good, unknown } from '../src/core/probe-result.ts';
import { duration, secret } from './shared/fields.ts';

const options = z.strictObject({
  token: secret
    .regex(/^[A-Za-z0-9_-]{8,128}$/, '8 to 128 letters, digits, hyphens or underscores')
    .describe(
      'The last part of the URL the target posts to. Whoever knows it can report in: treat it as a secret.',
    ),
  every: duration.describe('How often the target promises to report in.'),
  grace: duration.prefault('1m').describe('How much later is still in time.'),
});

type Options = z.output<typeof options>;

export default {
  type: 'heartbeat',
  summary: 'The target itself reports in, as a job or device that cannot be reached from here.',
  notes: `The target sends \`POST /api/v1/heartbeats/<token>\`; an empty body means all is well. With a body
\`{ "status": "failed", "message": "disk full" }\` it reports a failure (\`reported\`), until it reports well again.
Silence beyond \`every\` + \`grace\` fails with \`silent\`. Both count at once (\`failures: 1\` is this type's
default): the grace is the tolerance. After a start of the monitor a target has \`every\` + \`grace\` to report in:
it could not while the monitor was away.`,
  examples: [
    {
      title: 'A nightly backup says when it is done',
      yaml: '{ type: heartbeat, token: "${BACKUP_TOKEN:-a-long-random-word}", every: 1d, grace: 2h }',
    },
  ],
  options,
  cadence({ every }: Options) {
    const intervalMs = Math.min(60_000, Math.max(1_000, every / 4));
    return { failures: 1, recoveries: 1, intervalMs, timeoutMs: Math.min(1_000, intervalMs) };
  },
  prepare({ token, every, grace }: Options) {
    return {
      is: 'prepared',
      subject: `reports in every ${formatDuration(every)}`,
      secrets: [token],
      beatToken: token,
      async probe(context) {
        const now = context.now();
        const beat = context.lastBeat(token);
        if (beat?.status === 'failed')
          return failed('reported', beat.message || 'the target reported a failure');
        const silentMs = now - Math.max(beat?.at ?? 0, context.watchedSince);
        if (silentMs > every + grace) {
          const allowed = `${formatDuration(every)} and ${formatDuration(grace)} of grace`;
          return failed('silent', `has not reported in for ${formatDuration(silentMs)}, allowed ${allowed}`);
        }
        if (beat === undefined || now - beat.at > every + grace) {
          return unknown('has not reported in since the monitor started; still in time');
        }
        return good(`reported in ${formatDuration(now - beat.at)} ago`);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
