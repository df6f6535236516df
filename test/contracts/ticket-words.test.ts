import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adfCode, adfText, adfToText } from '../../src/helpdesks/shared/adf.ts';
import { waitingOn } from '../../src/helpdesks/shared/settings.ts';
import {
  cutLineBytes,
  html,
  isEntry,
  keyedSubject,
  keyOfSubject,
} from '../../src/helpdesks/shared/ticket-words.ts';

const hostile = fc.string({
  unit: fc.constantFrom('<', '>', '&', '"', ' ', '\n', 'a', 'é', '界', '😀', '\u202e'),
  maxLength: 400,
});

describe('an entry is found again', () => {
  const said =
    'shop has been unavailable since 03:12 <b>& more</b>.\nNext update by 04:12: "soon" &amp; for sure';

  test('by its key', () => {
    expect(isEntry('still down\n\n[K7Q2:ticket.note:1]', 'K7Q2:ticket.note:1')).toBe(true);
    expect(isEntry('still down\n\n[K7Q2:ticket.note:10]', 'K7Q2:ticket.note:1')).toBe(false);
  });

  test.each([
    ['as it was', said],
    ['as HTML', html(said)],
    ['inside a mail', `<div dir="ltr"><p>Hello Ann,</p><p>${html(said)}</p>-- <br>Support</div>`],
    ['with other line breaks', said.replaceAll(' ', '\r\n')],
    ['with numeric entities', html(said).replaceAll('&quot;', '&#34;')],
  ])('by what it says, %s', (_, body) => {
    expect(isEntry(body, 'K', said)).toBe(true);
    expect(isEntry(body, 'K', said.replace('04:12', '05:12'))).toBe(false);
  });

  test('whatever it says', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        if (/[a-zé界]/.test(text)) expect(isEntry(`<p>${html(text)}</p>`, 'K', text)).toBe(true);
      }),
    );
  });

  test('a text without a letter is never found by what it says', () => {
    expect(isEntry('anything', 'K', '… !')).toBe(false);
  });
});

describe('html', () => {
  test('keeps lines and indents, and nothing of the text becomes markup', () => {
    expect(html('all about it\n  <script>alert("1")</script> & more')).toBe(
      'all about it<br>&nbsp;&nbsp;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more',
    );
  });

  test('whatever comes in: no tag but a break, no torn entity, never longer than allowed', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 20, max: 300 }), (text, limit) => {
        const made = html(text, limit);
        expect(made.length).toBeLessThanOrEqual(limit);
        expect(made.replaceAll('<br>', '')).not.toMatch(/[<>"]/);
        expect(made.replace(/&(amp|lt|gt|quot|nbsp);/g, '')).not.toContain('&');
      }),
    );
  });
});

describe('subjects', () => {
  test('a key at the end of a subject survives every cut, and is read back', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const subject = keyedSubject(text, 'K7Q2M9XA', 200, cutLineBytes);
        expect(Buffer.byteLength(subject)).toBeLessThanOrEqual(200);
        expect(keyOfSubject(subject)).toBe('K7Q2M9XA');
      }),
    );
    expect(keyOfSubject('Printer [4th floor] is broken')).toBeUndefined();
  });

  test('what is short enough stays as it is; bytes are counted, not letters', () => {
    expect(cutLineBytes('shop is down', 200)).toBe('shop is down');
    expect(cutLineBytes('界'.repeat(100), 200)).toBe(`${'界'.repeat(65)}…`);
  });
});

describe('documents for Atlassian', () => {
  test('lose nothing, and hold no empty text', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const document of [adfCode(text, 1_000), adfText(text, 1_000)]) {
          expect(JSON.stringify(document)).not.toContain('"text":""');
          const kept = adfToText(document).replaceAll(/[\s\ufffd]/g, '');
          expect(kept).toBe(text.replaceAll('\u202e', '').replaceAll(/\s/g, ''));
        }
      }),
    );
  });
});

describe('on whom a ticket waits, the same for every helpdesk', () => {
  test.each([
    ['freshdesk', 3, 'customer'],
    ['freshdesk', 6, 'customer'],
    ['freshdesk', 7, 'third-party'],
    ['freshdesk', 2, undefined],
  ] as const)('%s %s is %s', (_name, status, expected) => {
    const mapping = {
      priorities: { urgent: 4, high: 3, medium: 2, low: 1 },
      statuses: { open: 2, pending: 3, resolved: 4 },
      pending_statuses: [3, 6, 7],
      third_party_statuses: [7],
      resolved_statuses: [5],
    };
    expect(waitingOn(mapping, status).waitingOn).toBe(expected);
  });
});
