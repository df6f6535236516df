import { z } from 'zod';
import { DURATION_EXPECTED, DURATION_PATTERN, durationMs } from '../core/duration.ts';
import { timeZoneProblem } from '../core/time-zone.ts';
import { PRIORITIES } from '../core/target.ts';
import { languages } from '../text/catalogue.ts';

/** Written as `30s`, parsed to milliseconds. */
export const duration = z
  .string({ error: DURATION_EXPECTED })
  .regex(DURATION_PATTERN, DURATION_EXPECTED)
  .transform(durationMs);

export const durationBetween = (min: number, max: number, expected: string) =>
  duration.refine((ms) => ms >= min && ms <= max, expected);

const PERIOD_EXPECTED = 'a period of at least 30d, such as 90d, 18mo or 3y';
const PERIOD_DAYS = { d: 1, w: 7, mo: 30.4375, y: 365.25 } as const;

/** `90d`, `18mo`, `3y`: a retention period, parsed to milliseconds. */
export const period = z
  .string({ error: PERIOD_EXPECTED })
  .regex(/^\d{1,4}(d|w|mo|y)$/, PERIOD_EXPECTED)
  .transform((text) => {
    const [, count, unit] = /^(\d+)(\D+)$/.exec(text)!;
    return Math.round(Number(count) * PERIOD_DAYS[unit as keyof typeof PERIOD_DAYS] * 86_400_000);
  })
  .refine((ms) => ms >= 30 * 86_400_000, PERIOD_EXPECTED);

export const interval = durationBetween(100, 86_400_000, 'a duration from 100ms to 1d');
export const timeout = durationBetween(10, 3_600_000, 'a duration from 10ms to 1h');
export const threshold = z.int().min(1).max(1_000);
export const priority = z.enum(PRIORITIES);

/** A language that has a catalogue of texts. */
export const languageTag = z.string().refine((tag) => languages().includes(tag), {
  error: () => `a language of src/text: ${languages().join(', ')}`,
});

const WORD_EXPECTED = 'a name of letters, digits, dots, hyphens, underscores or spaces, at most 80';

/** A name used in URLs, labels and messages. Letters of every script, with their combining marks. */
export const word = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._ -]{0,79}$/u, {
  error: ({ input }) => `${WORD_EXPECTED}${unfit(String(input))}`,
});

/** Why the name is invalid: the first bad character says more than the rule. */
function unfit(text: string): string {
  const first = /[^\p{L}\p{M}\p{N}._ -]/u.exec(text)?.[0];
  if (first !== undefined) return `; it contains ${JSON.stringify(first)}`;
  if (text.length > 80) return `; it has ${text.length} characters`;
  return text === '' || /^[\p{L}\p{N}]/u.test(text) ? '' : '; it must begin with a letter or digit';
}

export const webUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: ({ input }) => {
      const expected = 'a URL that starts with http:// or https://';
      return isHost(String(input)) ? `${expected}; did you mean "https://${String(input)}"?` : expected;
    },
  });

/** `shop.example.com/login`, `localhost:8080` */
const isHost = (text: string): boolean =>
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*(:\d{1,5})?(\/\S*)?$/i.test(text) &&
  (text.includes('.') || /^localhost\b/i.test(text)) &&
  text.length <= 200;

/** `09:00`; `24:00` means the end of the day. */
export const timeOfDay = z
  .string({ error: 'a time of day in quotes, such as "09:00"' })
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day such as "09:00"')
  .transform((text) => Temporal.PlainTime.from(text === '24:00' ? '00:00' : text));

export const timeZone = z.string().refine((text) => timeZoneProblem(text) === undefined, {
  error: ({ input }) => timeZoneProblem(String(input)),
});

/** Local time in the schedule's zone: `2026-11-02T09:00`. */
export const localTime = z
  .string()
  .refine(
    (text) => !/Z|[+-]\d\d:?\d\d$/.test(text) && parses(() => Temporal.PlainDateTime.from(text)),
    'a local time such as 2026-11-02T09:00',
  )
  .transform((text) => Temporal.PlainDateTime.from(text));

/** Local time, or exact with an offset: `2026-12-24T09:00`, `2026-12-01T02:00Z`. */
export const moment = z
  .string()
  .refine(
    (text) => parses(() => Temporal.Instant.from(text)) || parses(() => Temporal.PlainDateTime.from(text)),
    'a time such as 2026-12-24T09:00, or 2026-12-01T02:00Z',
  )
  .transform((text) =>
    parses(() => Temporal.Instant.from(text))
      ? Temporal.Instant.from(text)
      : Temporal.PlainDateTime.from(text),
  );

/** Exact time, with an offset: `2026-12-24T09:00Z`. */
export const momentText = z
  .string()
  .refine(
    (text) => parses(() => Temporal.Instant.from(text)),
    'a time with an offset, such as 2026-12-24T09:00Z',
  )
  .transform((text) => Temporal.Instant.from(text));

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

/** `1 week`, `12 hours`: the length of a rotation turn, in calendar units. */
export const rotationPeriod = z
  .string()
  .regex(/^[1-9]\d{0,3} (hour|day|week|month)s?$/, 'a period such as 12 hours, 1 day, 1 week or 1 month')
  .transform((text) => {
    const [count, unit] = text.split(' ');
    return Temporal.Duration.from({ [`${unit!.replace(/s$/, '')}s`]: Number(count) });
  });

/** `127.0.0.1:8080`, `[::1]:8080`, `:8080`. */
export const listenAddress = z
  .string({ error: 'an address and port, such as 127.0.0.1:8080' })
  .regex(/^(\[[0-9a-fA-F:]+\]|[^:[\]\s]*):\d{1,5}$/, {
    error: 'an address and port, such as 127.0.0.1:8080',
    abort: true,
  })
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) < 65_536, 'a port from 0 to 65535')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return {
      host: text.slice(0, colon).replace(/^\[|\]$/g, '') || '0.0.0.0',
      port: Number(text.slice(colon + 1)),
    };
  });
