import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isArgumentElement,
  isDateElement,
  isNumberElement,
  isPluralElement,
  isPoundElement,
  isSelectElement,
  isTagElement,
  isTimeElement,
  type MessageFormatElement,
} from '@formatjs/icu-messageformat-parser';
import { describe, expect, test } from 'vitest';
import { languages, messageFormat, SOURCE_LANGUAGE } from '../../src/text/catalogue.ts';
import { inLanguage, language, setLanguage } from '../../src/text/language.ts';
import { say } from '../../src/text/say.ts';
import type { TextKey } from '../../src/text/text-key.ts';
import { html } from '../../src/web/html.ts';
import { markup } from '../../src/web/markup.ts';
import { PROJECT } from '../support/watchdesk-process.ts';
import { filesOf, ROOMS_WITH_TEXTS, textsIn } from './texts-in-code.ts';

/** Tags that every sentence of a page may use without being given them. */
const COMMON_TAGS = ['strong', 'em', 'code', 'soft'];

/** What looks like a text for people, and is none. */
const EXEMPT: readonly { file: RegExp; text?: RegExp; because: string }[] = [
  { file: /^src\/web\/(openapi|answers)\.ts$/, because: 'OpenAPI is read by developers' },
  {
    file: /^src\/web\/([a-z-]*routes|acts\/[a-z-]*acts)\.ts$/,
    text: /^(A list of|The|One|Recorded|A heartbeat|A public reply|Heard|Ended|Cancelled|A target|A job|Acknowledge:|Escalate:|Resolve the|Add a note|Set |Involve|Public reply|Internal note|Change priority|Merge it)/,
    because: 'summaries of the OpenAPI document',
  },
  {
    file: /^src\/web\/api-routes\.ts$/,
    text: /requester's reply/,
    because: 'a summary of the OpenAPI document',
  },
  {
    file: /^src\/web\/desk-api-routes\.ts$/,
    text: /^The requester's reply/,
    because: 'a summary of OpenAPI',
  },
  { file: /^src\/web\/probe-endpoint\.ts$/, because: 'speaks as blackbox_exporter does' },
  {
    file: /sign-in-routes\.ts$/,
    text: /^(by |as |wrong name|the email to)/,
    because: 'audit records and log',
  },
  {
    file: /(guard|health-routes|desk-routes)\.ts$/,
    text: /^(Bearer|accept|private)/,
    because: 'HTTP headers',
  },
  { file: /pages\/layout\.ts$/, text: /^Watchdesk$/, because: 'the name of the product' },
  { file: /pages\/status\.ts$/, text: /^Website$/, because: 'a field that only robots fill in' },
  { file: /core\/(called-in|reported-in)\.ts$/, because: 'stored and compared; shown through the catalogue' },
  { file: /core\/customer-updates\.ts$/, text: /^the requester$/, because: 'stored and compared' },
  { file: /core\/(duration|time-zone)\.ts$/, because: 'mistakes in the config' },
  { file: /core\/http-exchange\.ts$/, because: 'HTTP' },
  { file: /core\/(incident|desk\/desk-ticket)\.ts$/, because: 'names of products' },
  { file: /core\/desk\/desk-rules\.ts$/, text: /^quick question$/, because: 'a name in the config' },
  {
    file: /^src\/(channels|hotline)\//,
    text: /^(not signed|nothing at|no (CallSid|MessageSid|recording)|not a Watchdesk button)/,
    because: 'read in the log',
  },
  {
    file: /^src\/channels\/(teams|telegram)\.ts$/,
    text: /^(Teams|Telegram|Bolder|Medium|Attention|Default|Full|TextBlock|FactSet|AdaptiveCard|Action\.OpenUrl)$/,
    because: 'names of products, and words of Adaptive Cards',
  },
  {
    file: /^src\/channels\/(ntfy|teams|telegram)\.ts$/,
    text: /^(`user` together|the id of a chat|a topic of|a bot token|a URL without|the URL of|at least one)/,
    because: 'mistakes in the config',
  },
  {
    file: /^src\/(channels|hotline)\//,
    text: /^(From|To|Body|Digits|Enable|All)$/,
    because: 'fields of Twilio and of mail',
  },
  {
    file: /^src\/(channels|hotline)\//,
    text: /^(an? |a number|an account|a service|a URL|a language)/,
    because: 'mistakes in the config',
  },
  { file: /^src\/mail\//, text: /^(From|Date|Subject|To|Status|Action)$/, because: 'headers of mail' },
  {
    file: /desk\/attachments\.ts$/,
    text: /^Attachments (cannot be|are not being) saved/,
    because: 'the log',
  },
  { file: /dead-man-switch\.ts$/, text: /the switch/, because: 'the log' },
  { file: /^src\/access\//, text: /^(password of|openid half)/, because: 'keys of limits' },
  { file: /audit-log\.ts$/, text: /more within a minute$/, because: 'an audit record' },
];

const found = filesOf(ROOMS_WITH_TEXTS).map((file) => ({ file, ...textsIn(file) }));

test('every text for people comes from the catalogue', () => {
  const strays = found
    .flatMap((one) => one.strays)
    .filter(({ file, text }) => !EXEMPT.some((one) => one.file.test(file) && (one.text?.test(text) ?? true)))
    .map(({ file, line, text }) => `${file}:${line}: ${text}`);
  expect(strays).toEqual([]);
});

test('strays are found: in markup, in attributes, in sentences and in labels', () => {
  const strays = textsIn('test/text/strays.ts').strays.map(({ line, text }) => `${line} ${text}`);
  expect(strays).toEqual([
    '5 Sign in',
    '6 Your name',
    '7 Down since {}.',
    '8 Acknowledge',
    '9 nobody is on call',
  ]);
});

const english = keysOf(SOURCE_LANGUAGE);

describe('each message of the catalogue', () => {
  test('is used with the values that it names', () => {
    const wrong = found.flatMap(({ uses }) =>
      uses.flatMap(({ file, line, key, values }) => {
        const keys = matching(key);
        if (keys.length === 0) return [`${file}:${line}: there is no ${key}`];
        if (values === undefined) return [];
        const wanted = new Set(keys.flatMap((one) => namesIn(one, SOURCE_LANGUAGE)));
        const missing = [...wanted].filter((name) => !values.includes(name) && !COMMON_TAGS.includes(name));
        const more = values.filter((name) => !wanted.has(name));
        return missing.length + more.length === 0
          ? []
          : [`${file}:${line}: ${key} without ${missing.join()}, with ${more.join()} for nothing`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('is used somewhere', () => {
    const used = new Set(found.flatMap(({ uses }) => uses.flatMap(({ key }) => matching(key))));
    expect(english.filter((key) => !used.has(key))).toEqual([]);
  });

  test.each(languages().filter((tag) => tag !== SOURCE_LANGUAGE))('is the same message in %s', (tag) => {
    for (const key of keysOf(tag)) {
      expect(english).toContain(key);
      expect([key, namesIn(key, tag)]).toEqual([key, namesIn(key, SOURCE_LANGUAGE)]);
    }
  });
});

describe('a reader', () => {
  test('reads plurals', () => {
    expect(say('wall.incidents-open', { count: 1 })).toBe('1 incident open');
    expect(say('wall.incidents-open', { count: 12 })).toBe('12 incidents open');
  });

  test('reads another language inside only, and what it lacks in English', () => {
    expect(inLanguage('fr-CA', () => [language(), say('frame.back-to-wall')])).toEqual([
      'fr-CA',
      'Back to the status wall',
    ]);
    expect(language()).toBe(SOURCE_LANGUAGE);
    expect(() =>
      inLanguage('de', () => {
        throw new Error('in the middle');
      }),
    ).toThrow('in the middle');
    expect(language()).toBe(SOURCE_LANGUAGE);
  });

  test('reads the language of the installation where none is asked for', () => {
    setLanguage('fr-CA');
    try {
      expect(inLanguage(undefined, language)).toBe('fr-CA');
    } finally {
      setLanguage(SOURCE_LANGUAGE);
    }
  });

  test('never reads markup out of a value', () => {
    const { text } = markup('ticket.merged-into', {
      number: '<i>4</i>',
      link: (inside) => html`<a href="/tickets/4">${inside}</a>`,
    });
    expect(text).toBe('Merged into <a href="/tickets/4">ticket &lt;i&gt;4&lt;/i&gt;</a>.');
  });
});

/** A key, or all that a template may mean. */
function matching(key: string): string[] {
  if (!key.includes('*')) return english.includes(key) ? [key] : [];
  const pattern = new RegExp(
    `^${key
      .split('*')
      .map((part) => part.replaceAll('.', '\\.'))
      .join('[^.]+')}$`,
  );
  return english.filter((one) => pattern.test(one));
}

function keysOf(tag: string): string[] {
  const folder = join(PROJECT, 'src/text', tag);
  return readdirSync(folder).flatMap((file) =>
    Object.keys(JSON.parse(readFileSync(join(folder, file), 'utf8')) as object).map(
      (name) => `${file.slice(0, -'.json'.length)}.${name}`,
    ),
  );
}

function namesIn(key: string, tag: string): string[] {
  const names = new Set<string>();
  const visit = (elements: readonly MessageFormatElement[]): void => {
    for (const one of elements) {
      if (isArgumentElement(one) || isDateElement(one) || isTimeElement(one) || isNumberElement(one))
        names.add(one.value);
      if (isPoundElement(one)) continue;
      if (isPluralElement(one) || isSelectElement(one)) {
        names.add(one.value);
        for (const { value } of Object.values(one.options)) visit(value);
      }
      if (isTagElement(one)) {
        names.add(one.value);
        visit(one.children);
      }
    }
  };
  visit(messageFormat(key as TextKey, tag).getAst());
  return [...names].toSorted();
}
