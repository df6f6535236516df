import { decodeText } from './decode-text.ts';
import { decodeTransfer } from './decode-transfer.ts';
import { htmlWords, MOST_HTML } from './html-words.ts';
import { mimeTree, valuesOf, wordsOf, type MimePart } from './mime-tree.ts';
import { signedContent } from './signed-content.ts';
import { say } from '../text/say.ts';

export interface MailFile {
  name: string;
  bytes: Uint8Array;
  /** As the mail declares it; for text files only. */
  charset?: string;
}

/** A mail server's report on a mail that it could not deliver (RFC 3464). */
export interface DeliveryReport {
  /** Message-IDs of the undelivered mails, without angle brackets. */
  messageIds: string[];
  recipients: { address: string; hasFailed: boolean; why: string }[];
}

export interface MailBody {
  text: string;
  files: MailFile[];
  /** An invitation from a calendar program, or an answer to one. */
  isCalendar: boolean;
  report?: DeliveryReport;
}

/** Most text of one mail that a ticket takes. A longer text is also kept whole as a file. */
const MOST_TEXT = 50_000;
const MOST_INNER = 8;
const MOST_KEPT = 200;

/** The text and files of a mail: no words of any part are lost, they are in the text or in a file. */
export function bodyOf(root: MimePart): MailBody {
  const draft: Draft = { files: [], isCalendar: false, report: undefined, inner: 0, htmlLeft: MOST_HTML };
  const text = joined(piecesOf(root, draft));
  const isKept = draft.files.some(({ name }) => name === WHOLE_TEXT);
  if (text.length > MOST_TEXT && !isKept) draft.files.unshift({ name: WHOLE_TEXT, bytes: Buffer.from(text) });
  const { files, isCalendar, report } = draft;
  const shown = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…\n\n${say('mail.cut')}` : text;
  return { text: shown, files, isCalendar, ...(report && { report }) };
}

const WHOLE_TEXT = 'message.txt';

const joined = (pieces: readonly string[]): string => pieces.map(tidy).filter(Boolean).join('\n\n');

interface Draft {
  files: MailFile[];
  isCalendar: boolean;
  report: DeliveryReport | undefined;
  /** How many mails within mails have been read. */
  inner: number;
  /** How many bytes of HTML may still be read. */
  htmlLeft: number;
}

/** The texts of a part, in order; files go to the draft. */
function piecesOf(part: MimePart, draft: Draft): string[] {
  const { type, parts } = part;
  if (type === 'multipart/alternative' && parts.length > 0) return alternative(parts, draft);
  if (parts.length > 0) return parts.flatMap((one) => piecesOf(one, draft));
  if (SIGNATURES.has(type)) return [];
  if (type === 'message/rfc822' || type === 'message/global') return innerMail(part, draft);
  if (type === 'message/delivery-status' || type === 'message/global-delivery-status') {
    report(draft).recipients.push(...recipientsOf(textOf(part, decodeTransfer(part.body, part.encoding))));
    return [];
  }
  if (type === 'text/rfc822-headers') {
    report(draft).messageIds.push(...messageIdsOf(mimeTree(decodeTransfer(part.body, part.encoding))));
    return [];
  }
  if (type === 'application/pkcs7-mime' || type === 'application/x-pkcs7-mime') {
    const signed = signedContent(decodeTransfer(part.body, part.encoding));
    if (signed && draft.inner++ < MOST_INNER) return piecesOf(mimeTree(signed), draft);
  }
  if (type === 'text/calendar' || type === 'application/ics') draft.isCalendar = true;
  const isWords = (type === 'text/plain' || type === 'text/html') && part.disposition !== 'attachment';
  if (!isWords || part.filename !== undefined) return keep(part, draft);
  return [type === 'text/html' ? wordsOfHtml(part, draft) : wordsOfText(part, draft)];
}

/** Signatures: they prove something to programs and tell people nothing. */
const SIGNATURES: ReadonlySet<string> = new Set([
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
  'application/pgp-signature',
]);

function keep(part: MimePart, draft: Draft): string[] {
  const bytes = decodeTransfer(part.body, part.encoding);
  if (bytes.length === 0 || draft.files.length >= MOST_KEPT) return [];
  const { charset } = part.params;
  const isText = part.type.startsWith('text/');
  draft.files.push({
    name: part.filename ?? nameFor(part, draft),
    bytes,
    ...(isText && charset && { charset }),
  });
  return [];
}

const ENDINGS: Readonly<Record<string, string>> = {
  'text/calendar': 'ics',
  'text/html': 'html',
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'text/plain': 'txt',
  'message/rfc822': 'eml',
};

function nameFor({ type }: MimePart, { files }: Draft): string {
  const ending = ENDINGS[type] ?? (/\/([a-z0-9]{2,8})$/.exec(type)?.[1] || 'bin');
  return `file-${files.length + 1}.${ending}`;
}

/**
 * The same content as text and as HTML: returns the text, unless it lacks most of what the HTML says. Many programs
 * write nothing there but "your mail program does not show HTML".
 */
function alternative(parts: readonly MimePart[], draft: Draft): string[] {
  const readings = parts.map((part) => {
    const own: Draft = { ...draft, files: [], isCalendar: false };
    const text = joined(piecesOf(part, own));
    draft.htmlLeft = own.htmlLeft;
    return { text, draft: own, isHtml: holdsHtml(part) };
  });
  for (const { draft: own } of readings) {
    draft.files.push(...own.files);
    draft.isCalendar ||= own.isCalendar;
    draft.report ??= own.report;
    draft.inner = Math.max(draft.inner, own.inner);
  }
  const plain = readings.find(({ text, isHtml }) => !isHtml && text !== '');
  const rich = readings.findLast(({ text, isHtml }) => isHtml && text !== '');
  if (!plain || !rich) return [(plain ?? rich)?.text ?? ''];
  return [leavesOut(plain.text, rich.text) ? rich.text : plain.text];
}

const holdsHtml = ({ type, parts }: MimePart): boolean => type === 'text/html' || parts.some(holdsHtml);

/** Whether a text lacks more than half of the words of another. */
function leavesOut(text: string, whole: string): boolean {
  const words = new Set(wordsIn(text));
  const wanted = new Set(wordsIn(whole.replace(/\(https?:\S+\)/g, '')));
  const missing = [...wanted].filter((word) => !words.has(word)).length;
  return wanted.size > 0 && missing > wanted.size / 2;
}

const wordsIn = (text: string): string[] =>
  (
    text
      .slice(0, MOST_TEXT)
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  ).slice(0, 20_000);

function wordsOfHtml(part: MimePart, draft: Draft): string {
  const bytes = decodeTransfer(part.body, part.encoding);
  const charset = part.params['charset'] ?? charsetInside(bytes);
  const read = Math.min(bytes.length, draft.htmlLeft);
  draft.htmlLeft -= read;
  if (read < bytes.length) keepWhole('message.html', bytes, charset, draft);
  return read === 0 ? '' : htmlWords(decodeText(bytes.subarray(0, read), charset));
}

function keepWhole(name: string, bytes: Buffer, charset: string | undefined, draft: Draft): void {
  if (draft.files.length < MOST_KEPT)
    draft.files.push({ name, bytes, ...(charset !== undefined && { charset }) });
}

/** `<meta charset="…">`, used when the mail itself declares no charset. */
const charsetInside = (bytes: Buffer): string | undefined =>
  /<meta[^>]{0,200}charset\s{0,5}=\s{0,5}["']?([\w-]{2,40})/i.exec(
    bytes.subarray(0, 4_000).toString('latin1'),
  )?.[1];

function wordsOfText(part: MimePart, draft: Draft): string {
  const bytes = decodeTransfer(part.body, part.encoding);
  if (bytes.length > MOST_TEXT * 2) keepWhole(WHOLE_TEXT, bytes, part.params['charset'], draft);
  return textOf(part, bytes);
}

function textOf({ params }: MimePart, bytes: Buffer): string {
  const beginning = bytes.subarray(0, MOST_TEXT * 2);
  const text = decodeText(beginning, params['charset']).replace(/\r\n?/g, '\n');
  if (params['format']?.toLowerCase() !== 'flowed') return text;
  return unflow(text, params['delsp']?.toLowerCase() === 'yes');
}

/** Joins lines that a mail program has broken into paragraphs (https://www.rfc-editor.org/rfc/rfc3676#section-4). */
function unflow(text: string, deletesSpace: boolean): string {
  const out: string[] = [];
  let open: { quotes: string; pieces: string[] } | undefined;
  const end = () => {
    if (open) out.push(`${open.quotes}${open.quotes && ' '}${open.pieces.join('')}`);
    open = undefined;
  };
  for (const line of text.split('\n')) {
    let depth = 0;
    while (line[depth] === '>') depth++;
    const quotes = line.slice(0, depth);
    const words = line[depth] === ' ' ? line.slice(depth + 1) : line.slice(depth);
    if (open && open.quotes !== quotes) end();
    const isFlowed = words.endsWith(' ') && words !== '-- ';
    const piece = isFlowed && deletesSpace ? words.slice(0, -1) : words;
    if (open) open.pieces.push(piece);
    else open = { quotes, pieces: [piece] };
    if (!isFlowed) end();
  }
  end();
  return out.join('\n');
}

/** A mail within a mail: kept as a file, and its text shown in place. */
function innerMail(part: MimePart, draft: Draft): string[] {
  const bytes = decodeTransfer(part.body, part.encoding);
  const inner = mimeTree(bytes);
  if (draft.report !== undefined) {
    // A mail in a delivery report is one of ours: its text is known already.
    draft.report.messageIds.push(...messageIdsOf(inner));
    return [];
  }
  const subject = wordsOf(inner, 'subject');
  keepWhole(part.filename ?? `${subject.slice(0, 80) || 'message'}.eml`, bytes, undefined, draft);
  if (draft.inner++ >= MOST_INNER) return [];
  const heads = ['From', 'Date', 'Subject', 'To'].flatMap((name) => {
    const value = wordsOf(inner, name.toLowerCase());
    return value === '' ? [] : [`${name}: ${value.slice(0, 500)}`];
  });
  return [[say('mail.attached-message'), ...heads].join('\n'), ...piecesOf(inner, draft)];
}

const report = (draft: Draft): DeliveryReport => (draft.report ??= { messageIds: [], recipients: [] });

const messageIdsOf = (mail: MimePart): string[] =>
  valuesOf(mail, 'message-id').flatMap((value) => /<([^<>\s]{1,250})>/.exec(value)?.[1] ?? []);

/** https://www.rfc-editor.org/rfc/rfc3464#section-2.3 */
function recipientsOf(text: string): DeliveryReport['recipients'] {
  return text
    .slice(0, 50_000)
    .split(/\n[ \t]*\n/)
    .slice(0, 50)
    .flatMap((block) => {
      const field = (name: string) =>
        (new RegExp(`^${name}:[ \\t]*([^\\n]*(?:\\n[ \\t]+[^\\n]*)*)`, 'im').exec(block)?.[1] ?? '')
          .replace(/\s+/g, ' ')
          .trim();
      const address =
        field('Final-Recipient').replace(/^[^;]*;\s*/, '') ||
        field('Original-Recipient').replace(/^[^;]*;\s*/, '');
      if (address === '') return [];
      const why = field('Diagnostic-Code').replace(/^[^;]*;\s*/, '') || field('Status');
      return [
        {
          address: address.slice(0, 320),
          hasFailed: /^failed/i.test(field('Action')),
          why: why.slice(0, 500),
        },
      ];
    });
}

// Zero-width joiners stay: whole scripts and many emoji need them.
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u2060\ufeff]/g;

/** Removes invisible characters, and blank lines around the text. */
const tidy = (text: string): string => {
  const clean = text
    .replace(INVISIBLE, '')
    .replace(/\u00a0/g, ' ')
    .trimEnd();
  let begin = 0;
  for (let at = 0; at < clean.length && clean.charCodeAt(at) <= 0x20; at++)
    if (clean[at] === '\n') begin = at + 1;
  return clean.slice(begin);
};
