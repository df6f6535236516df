import type { GivenFile } from '../desk/attachments.ts';
import { htmlText } from '../core/mail/html-text.ts';
import type { IncomingMail } from '../core/mail/incoming-mail.ts';
import { hash } from 'node:crypto';

const MOST_REFERENCES = 50;
const MOST_TEXT = 200_000;

export interface ParsedMail {
  mail: IncomingMail;
  files: GivenFile[];
}

/** Reads a mail as it came from the server: https://www.rfc-editor.org/rfc/rfc5322 */
export async function parseMail(source: Uint8Array): Promise<ParsedMail> {
  const { default: PostalMime } = await import('postal-mime');
  const parsed = await new PostalMime({
    attachmentEncoding: 'arraybuffer',
    maxNestingDepth: 50,
  } as never).parse(source);
  const headers = parsed.headers.map(({ key, value }) => ({ name: key.toLowerCase(), value: String(value) }));
  const references = [...idsOf(parsed.inReplyTo), ...idsOf(parsed.references).reverse()].slice(
    0,
    MOST_REFERENCES,
  );
  const from = parsed.from as { name?: string; address?: string } | undefined;
  const mail: IncomingMail = {
    // Without one it is told from itself by what it says.
    messageId: idsOf(parsed.messageId)[0] ?? `none-${hash('sha256', source).slice(0, 32)}`,
    from: { name: (from?.name ?? '').trim(), address: (from?.address ?? '').trim().toLowerCase() },
    subject: (parsed.subject ?? '').trim(),
    text: ((parsed.text ?? '').trim() || htmlText(parsed.html ?? '')).slice(0, MOST_TEXT),
    references: [...new Set(references)],
    headers,
  };
  const files = parsed.attachments.map(({ filename, content }, index) => ({
    name: filename ?? `file-${index + 1}`,
    bytes: bytesOf(content),
  }));
  return { mail, files };
}

const idsOf = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/<([^<>\s]{1,250})>/g)].map(([, id]) => id!);

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Uint8Array =>
  typeof content === 'string'
    ? Buffer.from(content)
    : content instanceof Uint8Array
      ? content
      : new Uint8Array(content);
