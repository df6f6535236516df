import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpResponseReader } from '../../src/core/http-response.ts';

const LIMITS = { headBytes: 1_024, bodyBytes: 100 };

/** Feeds the text in pieces of the given sizes, then ends. */
function read(text: string, sizes: number[] = [], method = 'GET', limits = LIMITS) {
  const reader = new HttpResponseReader(method, limits);
  const bytes = Buffer.from(text, 'latin1');
  let from = 0;
  for (const size of [...sizes, bytes.length]) {
    const piece = bytes.subarray(from, from + size);
    from += piece.length;
    if (piece.length === 0) continue;
    const done = reader.push(Buffer.from(piece));
    if (typeof done === 'object') return done;
    if (done) return reader.answer;
  }
  const done = reader.end();
  return typeof done === 'object' ? done : reader.answer;
}

const good = {
  length: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nx-a: 2\r\n\r\nhello',
  chunked:
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n',
  close: 'HTTP/1.0 200\r\n\r\nhello',
  interim: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
};

describe('an HTTP answer', () => {
  test.each(Object.entries(good))(
    'framed by %s is read the same however the bytes come',
    (_framing, text) => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80 }), (sizes) => {
          const answer = read(text, sizes);
          expect(answer).toMatchObject({ status: 200, bodyCut: false });
          expect('body' in answer && answer.body.toString()).toBe('hello');
        }),
      );
    },
  );

  test('repeated fields are joined', () => {
    const answer = read(good.length);
    expect('headers' in answer && answer.headers.get('x-a')).toBe('1, 2');
  });

  test.each([
    ['nothing', '', 'closed'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'protocol'],
    ['a broken status line', 'HTTP/1.1 2000 OK\r\n\r\n', 'protocol'],
    ['HTTP/2 in the clear', 'HTTP/2 200\r\n\r\n', 'protocol'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', 'protocol'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!', 'protocol'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello', 'protocol'],
    ['a bad chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 'protocol'],
    [
      'a chunk longer than its size',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n',
      'protocol',
    ],
    ['an end in the headers', 'HTTP/1.1 200 OK\r\nContent-', 'closed'],
    ['an end in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello', 'closed'],
    ['an end in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhel', 'closed'],
    ['headers without end', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(2_000)}`, 'too-large'],
  ])('%s is a fault: %s leads to %s', (_what, text, reason) => {
    expect(read(text)).toMatchObject({ is: 'fault', reason });
  });

  test('a body beyond the limit is cut, and reading stops there', () => {
    const answer = read(`HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(500)}`);
    expect(answer).toMatchObject({ bodyCut: true });
    expect('body' in answer && answer.body.length).toBe(100);
  });

  test.each(['HEAD'])('an answer to %s has no body', (method) => {
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', [], method)).toMatchObject({ status: 200 });
  });

  test('no bytes make it throw or hang', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 300 }), (noise) => {
        expect(read(`HTTP/1.1 200 OK\r\n${noise}`)).toBeDefined();
        expect(read(noise)).toBeDefined();
      }),
    );
  });
});
