import { expect, test } from 'vitest';
import { redactor } from '../../src/core/redact.ts';

const secret = 'p@ss word/+?"1';
const redact = redactor([secret, 'ab', 'tok-123456']);

test.each([
  ['as it is', secret],
  ['percent-encoded', encodeURIComponent(secret)],
  ['in base64', Buffer.from(secret).toString('base64')],
  ['in JSON', JSON.stringify(secret).slice(1, -1)],
])('strikes a secret out %s', (_how, text) => {
  expect(redact(`before ${text} after`)).not.toContain(text.replace(/=+$/, ''));
});

test('leaves everything else', () => {
  expect(redact('about tok-123456 and nothing')).toBe('about [secret] and nothing');
  expect(redact('ab is too short to strike')).toBe('ab is too short to strike');
});
