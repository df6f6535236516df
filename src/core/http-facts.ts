import type { HttpAnswer } from './http-response.ts';
import type { MeasuredHttp } from './probe-result.ts';

/** Measurements of the final response for that URL; `redirects`: how many redirects came before it. */
export function httpFacts(answer: HttpAnswer, redirects: number, url: URL): MeasuredHttp {
  const { version, headers, bodyLength } = answer;
  const length = headers.get('content-length');
  const modified = headers.get('last-modified');
  const lastModifiedAt = modified === undefined ? NaN : Date.parse(modified);
  return {
    version,
    redirects,
    isTls: url.protocol === 'https:',
    contentLength: length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : -1,
    bodyBytes: bodyLength,
    ...(!Number.isNaN(lastModifiedAt) && { lastModifiedAt }),
  };
}
