/** A mail as it came, read and not believed. Addresses in lower case. */
export interface IncomingMail {
  /** Without angle brackets. */
  messageId: string;
  from: { name: string; address: string };
  subject: string;
  /** Plain text; of a mail that is HTML alone, what it says. */
  text: string;
  /** Message-IDs without brackets, the nearest one first. */
  references: readonly string[];
  /** By name in lower case, in the order in which they stand: the first was added last. */
  headers: readonly { name: string; value: string }[];
}

export const headersOf = ({ headers }: Pick<IncomingMail, 'headers'>, name: string): string[] =>
  headers.filter((one) => one.name === name).map(({ value }) => value);

/**
 * Whether a machine wrote it: an answer of one must never be answered
 * (https://www.rfc-editor.org/rfc/rfc3834#section-2). `bounce`: a mail server says that ours did not arrive.
 */
export function writtenBy(
  mail: IncomingMail,
  own: string,
): 'human' | 'machine' | 'answering-machine' | 'bounce' | 'ourselves' {
  const first = (name: string) => (headersOf(mail, name)[0] ?? '').trim().toLowerCase();
  const { address } = mail.from;
  if (address === own || headersOf(mail, 'x-loop').some((value) => value.trim().toLowerCase() === own))
    return 'ourselves';
  if (
    first('return-path') === '<>' ||
    /^(mailer-daemon|postmaster)@/.test(address) ||
    /^multipart\/report/.test(first('content-type'))
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
    first('list-id') !== '' ||
    first('list-unsubscribe') !== '';
  return isBulk ? 'machine' : 'human';
}

/**
 * Whether our own mail server has found that the sender's domain stands behind the mail: DMARC, or DKIM or SPF of the
 * domain it is from (https://www.rfc-editor.org/rfc/rfc8601). Only the header that our server has put on top counts.
 */
export function isAuthenticated(mail: IncomingMail, authservId: string | undefined): boolean {
  if (authservId === undefined) return false;
  const [top] = headersOf(mail, 'authentication-results');
  if (top === undefined) return false;
  const results = withoutComments(top);
  const [id = '', ...parts] = results.split(';').map((part) => part.trim());
  if (id.split(/\s+/)[0]!.toLowerCase() !== authservId.toLowerCase()) return false;
  const domain = domainOf(mail.from.address);
  return parts.some((part) => {
    const [, method, result] = /^(dmarc|dkim|spf)\s*=\s*(\w+)/i.exec(part) ?? [];
    if (result?.toLowerCase() !== 'pass') return false;
    const of = (key: string) =>
      new RegExp(`\\b${key.replace('.', '\\.')}\\s*=\\s*"?([^\\s";]+)`, 'i').exec(part)?.[1] ?? '';
    switch (method!.toLowerCase()) {
      case 'dmarc':
        return isSameDomain(of(`header.from`), domain);
      case 'dkim':
        return isSameDomain(of('header.d') || domainOf(of('header.i')), domain);
      default:
        return isSameDomain(domainOf(of(`smtp.mailfrom`)), domain);
    }
  });
}

export const domainOf = (address: string): string =>
  address.slice(address.lastIndexOf('@') + 1).toLowerCase();

/** The very domain, or one below it. */
const isSameDomain = (found: string, wanted: string): boolean => {
  const domain = found.toLowerCase();
  return domain !== '' && (wanted === domain || wanted.endsWith(`.${domain}`)) && domain.includes('.');
};

/** What stands in parentheses is for people, and may hold anything. */
function withoutComments(text: string): string {
  let depth = 0;
  let result = '';
  for (const character of text) {
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (depth === 0) result += character;
  }
  return result;
}
