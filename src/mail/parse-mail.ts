import { createHash, hash } from 'node:crypto';
import addressParser from 'nodemailer/lib/addressparser';
import type { IncomingMail } from '../core/mail/incoming-mail.ts';
import type { GivenFile } from '../desk/attachments.ts';
import { fileType } from '../desk/file-type.ts';
import { bodyOf } from './mail-body.ts';
import { mimeTree, valuesOf, wordsOf, type MimePart } from './mime-tree.ts';

const MOST_REFERENCES = 50;
const MOST_SUBJECT = 1_000;
const MOST_ADDRESS = 320;
const MOST_NAME = 200;
const MOST_HEADER = 8_000;

/** Headers by which a mail is judged; the parser passes on no others. */
const JUDGED: ReadonlySet<string> = new Set([
  'authentication-results',
  'auto-submitted',
  'content-type',
  'from',
  'list-id',
  'list-post',
  'list-unsubscribe',
  'precedence',
  'return-path',
  'x-auto-response-suppress',
  'x-autoreply',
  'x-autorespond',
  'x-failed-recipients',
  'x-loop',
]);

export interface ParsedMail {
  mail: IncomingMail;
  files: GivenFile[];
  /** Fingerprint of text and attachments: mails with one Message-ID but different fingerprints are different mails. */
  print: string;
}

/** Parses a mail as received from the server: https://www.rfc-editor.org/rfc/rfc5322 */
export function parseMail(source: Uint8Array): ParsedMail {
  const root = mimeTree(source);
  const { text, files: found, isCalendar, report } = bodyOf(root);
  const files = found.map(({ name, bytes, charset }): GivenFile => ({
    name,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    type: fileType(bytes, charset),
  }));
  const from = addressesOf(root, 'from')[0];
  const replyTo = addressesOf(root, 'reply-to').find(({ address }) => address !== '');
  const subject = wordsOf(root, 'subject').slice(0, MOST_SUBJECT).trim();
  const references = ['in-reply-to', 'references'].flatMap((name) => {
    const ids = idsOf(valuesOf(root, name)[0]);
    return name === 'references' ? ids.reverse() : ids;
  });
  const mail: IncomingMail = {
    // A mail without a Message-ID is identified by its content.
    messageId: idsOf(valuesOf(root, 'message-id')[0])[0] ?? `none-${hash('sha256', source).slice(0, 32)}`,
    from: from ?? { name: '', address: '' },
    ...(replyTo && replyTo.address !== from?.address && { replyTo }),
    subject,
    text,
    references: [...new Set(references)].slice(0, MOST_REFERENCES),
    headers: root.headers
      .filter(({ name }) => JUDGED.has(name))
      .slice(0, 100)
      .map(({ name, value }) => ({ name, value: value.slice(0, MOST_HEADER) })),
    isCalendar,
    ...(report && { report }),
  };
  const parts = [
    mail.from.address,
    subject,
    text,
    JSON.stringify(report),
    ...files.map(({ sha256 }) => sha256),
  ];
  return { mail, files, print: hash('sha256', parts.join('\n')).slice(0, 12) };
}

function addressesOf(root: MimePart, name: string): { name: string; address: string }[] {
  // Encoded words are decoded after parsing: what they contain is not syntax.
  const value = (valuesOf(root, name)[0] ?? '').slice(0, MOST_HEADER);
  return addressParser(value, { flatten: true })
    .slice(0, 20)
    .map((one) => ({
      name: wordsOf({ headers: [{ name: 'name', value: one.name }] }, 'name')
        .trim()
        .slice(0, MOST_NAME),
      address: one.address.trim().toLowerCase().slice(0, MOST_ADDRESS),
    }));
}

const idsOf = (text: string | undefined): string[] =>
  [...(text ?? '').slice(0, MOST_HEADER * 2).matchAll(/<([^<>\s]{1,250})>/g)].map(([, id]) => id!);
