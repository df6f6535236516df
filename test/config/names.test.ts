import { expect, test } from 'vitest';
import { word } from '../../src/config/fields.ts';

const RULE = 'a name of letters, digits, dots, hyphens, underscores or spaces, at most 80';

test.each([
  ['[prod] web', '; it contains "["'],
  ['web (old)', '; it contains "("'],
  ['🚀 shop', '; it contains "🚀"'],
  ['a/b', '; it contains "/"'],
  ['a\\b', '; it contains "\\\\"'],
  ['shop & blog', '; it contains "&"'],
  ['<b>shop</b>', '; it contains "<"'],
  ['shop\nblog', '; it contains "\\n"'],
  ['sh\u200bop', '; it contains "\u200b"'],
  ['{shop}', '; it contains "{"'],
  ['shop#1', '; it contains "#"'],
  ['x'.repeat(81), '; it has 81 characters'],
  ['-shop', '; it must begin with a letter or digit'],
  [' shop', '; it must begin with a letter or digit'],
  ['', ''],
])('a name is refused with what of it cannot stand there: %s', (name, more) => {
  const { error } = word.safeParse(name);
  expect(error?.issues[0]?.message).toBe(RULE + more);
});

test.each([
  'shop.example.com',
  'Ünïcode',
  'Cafe\u0301 1',
  'हिन्दी सर्वर',
  '日本 1',
  'São Paulo_2-b',
  '7',
  'עברית',
])('letters of every script are taken: %s', (name) => {
  expect(word.safeParse(name).data).toBe(name);
});
