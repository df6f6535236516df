import { describe, expect, test } from 'vitest';
import { wikiCode, wikiText, wikiToText } from '../../src/helpdesks/shared/wiki.ts';

describe('the wiki markup of Jira Data Center', () => {
  test.each([
    ['[~admin] look', '\\[\\~admin\\] look'],
    ['[click|https://evil.example/]', '\\[click\\|https://evil.example/\\]'],
    ['{color:red}all is well{color}', '\\{color:red\\}all is well\\{color\\}'],
    ['!https://evil.example/pixel.png!', '\\!https://evil.example/pixel.png\\!'],
    ['a_b_c *d* -e- +f+ ^g^ ??h??', 'a\\_b\\_c \\*d\\* \\-e\\- \\+f\\+ \\^g\\^ \\?\\?h\\?\\?'],
    ['see https://w.example/a_b-c?x=1 now', 'see https://w.example/a_b-c?x=1 now'],
    ['h1. Big', '&#104;1. Big'],
    ['bq. quoted', '&#98;q. quoted'],
    ['# first', '&#35; first'],
    ['C:\\temp', 'C:\\\\temp'],
  ])('%s', (text, wiki) => expect(wikiText(text, 1_000)).toBe(wiki));

  test('our own words are found again', () => {
    const text = 'shop is down: HTTP 503 - see [K7Q2AB:ticket.note:1]';
    expect(wikiToText(wikiText(text, 1_000))).toBe(text);
  });

  test('a text cannot leave its block', () => {
    const block = wikiCode('a\n{noformat}\n[~admin]\n{NoFormat:title=x}', 1_000);
    expect(block.match(/\{noformat/gi)).toHaveLength(2);
    expect(block.startsWith('{noformat}\n')).toBe(true);
    expect(block.endsWith('\n{noformat}')).toBe(true);
  });
});
