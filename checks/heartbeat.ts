import { z } from 'zod';
import type { CheckType } from '../src/core/check-type.ts';
import { formatDuration } from '../src/core/duration.ts';
import { failed, good, unknown } from '../src/core/probe-result.ts';
import { duration, secret } from './shared/fields.ts';

const options = z.strictObject({
  token: secret
    .regex(/^[A-Za-z0-9_-]{8,128}$/, '8 to 128 letters, digits, hyphens or underscores')
    .describe(
      'Last part of the URL the target posts to. Anyone who knows it can report in, so treat it as a secret.',
    ),
  every: duration.describe('How often the target reports in.'),
  grace: duration.prefault('1m').describe('How late a report may be.'),
});

type Options = z.output<typeof options>;

export default {
  type: 'heartbeat',
  summary: 'The target reports in by itself, such as a job or a device that cannot be reached from here.',
  notes: `The target sends \`POST /api/v1/heartbeats/<token>\`; an empty body means success. With the body
\`{ "status": "failed", "message": "disk full" }\` it reports a failure (\`reported\`), which lasts until it reports success.
Silence for longer than \`every\` + \`grace\` fails with \`silent\`. A single failure is enough (\`failures: 1\` is the
default of this type), because \`grace\` is the tolerance. After the monitor starts, a target has \`every\` + \`grace\`
to report in, since it could not do so while the monitor was down.`,
  examples: [
    {
      title: 'A nightly backup reports when it is done',
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
          const allowed = `${formatDuration(every)} plus ${formatDuration(grace)} grace`;
          return failed('silent', `no heartbeat for ${formatDuration(silentMs)}, allowed ${allowed}`);
        }
        if (beat === undefined || now - beat.at > every + grace) {
          return unknown('no heartbeat since Watchdesk started; still within the allowed time');
        }
        return good(`reported in ${formatDuration(now - beat.at)} ago`);
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
