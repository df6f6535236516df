/** A parsed incoming mail; nothing in it is trusted. Addresses in lower case. */
export interface IncomingMail {
  /** Message-ID without angle brackets. */
  messageId: string;
  from: { name: string; address: string };
  /** The Reply-To address, where it differs. */
  replyTo?: { name: string; address: string };
  subject: string;
  /** Plain text; for a mail with HTML only, the text of the HTML. */
  text: string;
  /** Message-IDs without angle brackets, the nearest ancestor first. */
  references: readonly string[];
  /** Names in lower case, in the order of the mail: the first header was added last. */
  headers: readonly { name: string; value: string }[];
  /** The mail is a calendar invitation, or a response to one. */
  isCalendar?: boolean;
  /** A mail server's report of what it could not deliver (https://www.rfc-editor.org/rfc/rfc3464). */
  report?: {
    /** Message-IDs of the returned mails, without angle brackets. */
    messageIds: readonly string[];
    recipients: readonly { address: string; hasFailed: boolean; why: string }[];
  };
}

export const headersOf = ({ headers }: Pick<IncomingMail, 'headers'>, name: string): string[] =>
  headers.filter((one) => one.name === name).map(({ value }) => value);

/** Mailboxes that nobody reads. */
const NO_READER = /^(no[-_.]?reply|do[-_.]?not[-_.]?reply|nobody|bounces?|notifications?)([-+._].*)?@/;
const UNDELIVERED =
  /undeliver|delivery (status|failure|has failed)|returned (mail|to sender)|mail delivery (failed|subsystem)|failure notice|unzustellbar|non remis|no se puede entregar|onbestelbaar/i;

/**
 * What kind of sender wrote a mail: an automatic reply must never be answered automatically
 * (https://www.rfc-editor.org/rfc/rfc3834#section-2). `bounce`: a mail server reports that our mail did not arrive.
 */
export function writtenBy(
  mail: IncomingMail,
  own: string,
): 'human' | 'bulk' | 'machine' | 'answering-machine' | 'bounce' | 'ourselves' {
  const first = (name: string) => (headersOf(mail, name)[0] ?? '').trim().toLowerCase();
  const { address } = mail.from;
  if (address === own || headersOf(mail, 'x-loop').some((value) => value.trim().toLowerCase() === own))
    return 'ourselves';
  const path = first('return-path').replace(/[<>\s]/g, '');
  const isFromNobody =
    headersOf(mail, 'return-path').length > 0 && (path === '' || /^mailer-daemon(@|$)/.test(path));
  const isPostmaster = /^postmaster@/.test(address);
  if (
    isFromNobody ||
    /^mailer-daemon(@|$)/.test(address) ||
    mail.report !== undefined ||
    first('x-failed-recipients') !== '' ||
    /^multipart\/report/.test(first('content-type')) ||
    (isPostmaster && UNDELIVERED.test(mail.subject))
  )
    return 'bounce';
  const auto = first('auto-submitted').replace(/;.*$/, '').trim();
  if (auto === 'auto-replied' || auto === 'auto-notified') return 'answering-machine';
  if (
    /^(auto_reply|auto-reply)$/.test(first('precedence')) ||
    first('x-autoreply') === 'yes' ||
    first('x-autorespond') !== ''
  )
    return 'answering-machine';
  if (auto !== '' && auto !== 'no') return 'machine';
  const isBulk =
    /^(bulk|junk|list)$/.test(first('precedence')) ||
    ['list-id', 'list-post', 'list-unsubscribe'].some((name) => first(name) !== '');
  // https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcmail: mails that must get no automatic reply.
  const wantsSilence = /\b(all|oof|autoreply|rn|nrn|dr)\b/.test(first('x-auto-response-suppress'));
  const isRead = mail.replyTo !== undefined || !NO_READER.test(address);
  return isBulk || wantsSilence || isPostmaster || !isRead || mail.isCalendar === true ? 'bulk' : 'human';
}

/** The verdict of our own mail server on the sender's domain: https://www.rfc-editor.org/rfc/rfc8601 */
export type Authenticity =
  /** DMARC passed, or DKIM or SPF passed for the domain of the From address. */
  | 'proven'
  /** The mail server has checked, and the mail does not come from that domain. */
  | 'refuted'
  | 'unknown';

/** The value of `authserv_id` for a mail server that writes no name of its own, as Microsoft 365 does. */
export const NO_AUTHSERV_ID = 'none';

/** Only the topmost header counts: our own server added it last. */
export function authenticityOf(mail: IncomingMail, authservId: string | undefined): Authenticity {
  const [top] = headersOf(mail, 'authentication-results');
  // Two From headers: it is unclear which of them was checked.
  if (authservId === undefined || top === undefined || headersOf(mail, 'from').length > 1) return 'unknown';
  const statements = statementsOf(top);
  const isNamed = !(statements[0]?.[0] ?? '').includes('=');
  const isOurs =
    authservId.toLowerCase() === NO_AUTHSERV_ID
      ? !isNamed
      : statements[0]?.[0]?.toLowerCase() === authservId.toLowerCase();
  if (!isOurs) return 'unknown';
  const results = isNamed ? statements.slice(1) : statements;
  const domain = domainOf(mail.from.address);
  const read = results.map((tokens) => {
    const [method = '', result = ''] = (tokens[0] ?? '').toLowerCase().split('=');
    const properties = new Map(tokens.slice(1).map((token) => pairOf(token)));
    return { method: method.replace(/\/.*$/, ''), result, of: (name: string) => properties.get(name) ?? '' };
  });
  const dmarc = read.find(({ method }) => method === 'dmarc');
  if (dmarc?.result === 'fail') return 'refuted';
  if (dmarc?.result === 'pass') return isSameDomain(dmarc.of('header.from'), domain) ? 'proven' : 'refuted';
  // `none`, `skipped`, `temperror`, `bestguesspass`: DMARC has no verdict, so DKIM and SPF decide.
  const isProven = read.some(({ method, result, of }) => {
    if (result !== 'pass') return false;
    if (method === 'dkim') return isSameDomain(of('header.d') || domainOf(of('header.i')), domain);
    return method === 'spf' && isSameDomain(domainOf(of(`smtp.mailfrom`)), domain);
  });
  return isProven ? 'proven' : 'unknown';
}

export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();

/** The same domain, or a parent of it. */
const isSameDomain = (found: string, wanted: string): boolean => {
  const domain = found.toLowerCase();
  return domain.includes('.') && (wanted === domain || wanted.endsWith(`.${domain}`));
};

function pairOf(token: string): [string, string] {
  const at = token.indexOf('=');
  return at === -1 ? [token.toLowerCase(), ''] : [token.slice(0, at).toLowerCase(), token.slice(at + 1)];
}

/** The statements between semicolons, as words: comments are dropped, and a quoted string is part of its word. */
function statementsOf(header: string): string[][] {
  const statements: string[][] = [[]];
  let word = '';
  let depth = 0;
  let isQuoted = false;
  const endWord = () => {
    if (word !== '') statements.at(-1)!.push(word);
    word = '';
  };
  for (let at = 0; at < Math.min(header.length, 8_000); at++) {
    const character = header[at]!;
    if (character === '\\' && (isQuoted || depth > 0)) {
      at++;
      if (isQuoted && depth === 0) word += header[at] ?? '';
    } else if (depth > 0) {
      if (character === '(') depth++;
      if (character === ')') depth--;
    } else if (isQuoted) {
      if (character === '"') isQuoted = false;
      else word += character;
    } else if (character === '"') isQuoted = true;
    else if (character === '(') {
      endWord();
      depth = 1;
    } else if (character === ';') {
      endWord();
      statements.push([]);
    } else if (/\s/.test(character)) {
      // `dkim = pass` is one word.
      while (/\s/.test(header[at + 1] ?? '')) at++;
      if (header[at + 1] !== '=' && !word.endsWith('=')) endWord();
    } else word += character;
  }
  endWord();
  return statements;
}
