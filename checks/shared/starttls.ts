import { fault, type Fault, type Wire } from '../../src/core/check-type.ts';
import { neutraliseLine } from '../../src/core/neutralise.ts';
import { Talk } from './talk.ts';

/** Protocols that upgrade a plain connection to TLS on request. */
export const STARTTLS_PROTOCOLS = [
  'smtp',
  'imap',
  'pop3',
  'ftp',
  'ldap',
  'postgres',
  'mysql',
  'xmpp',
] as const;
export type StartTls = (typeof STARTTLS_PROTOCOLS)[number];

export const STARTTLS_PORTS: Readonly<Record<StartTls, number>> = {
  smtp: 25,
  imap: 143,
  pop3: 110,
  ftp: 21,
  ldap: 389,
  postgres: 5432,
  mysql: 3306,
  xmpp: 5222,
};

/** Requests TLS on a plain connection. Undefined when the server is ready for the handshake. */
export function askForTls(wire: Wire, protocol: StartTls, host: string): Promise<Fault | undefined> {
  return ASK[protocol](new Talk(wire), host);
}

const ASK: Readonly<Record<StartTls, (talk: Talk, host: string) => Promise<Fault | undefined>>> = {
  /** https://www.rfc-editor.org/rfc/rfc3207 */
  async smtp(talk) {
    const greeting = await talk.reply(/^220[ -]/);
    if (greeting) return greeting;
    talk.say('EHLO watchdesk.invalid');
    return (await talk.reply(/^250[ -]/)) ?? talk.ask('STARTTLS', /^220[ -]/);
  },
  /** https://www.rfc-editor.org/rfc/rfc3501#section-6.2.1 */
  async imap(talk) {
    return (await talk.line(/^\* (OK|PREAUTH)\b/i)) ?? talk.askTagged('a1 STARTTLS', /^a1 OK\b/i, /^\*/);
  },
  /** https://www.rfc-editor.org/rfc/rfc2595#section-4 */
  async pop3(talk) {
    return (await talk.line(/^\+OK/i)) ?? talk.askTagged('STLS', /^\+OK/i);
  },
  /** https://www.rfc-editor.org/rfc/rfc4217 */
  async ftp(talk) {
    return (await talk.reply(/^220[ -]/)) ?? talk.ask('AUTH TLS', /^234[ -]/);
  },
  /** An extended request with the name of StartTLS: https://www.rfc-editor.org/rfc/rfc4511#section-4.14 */
  async ldap(talk) {
    const name = Buffer.from('1.3.6.1.4.1.1466.20037');
    const request = Buffer.concat([
      Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, name.length]),
      name,
    ]);
    talk.write(request);
    const header = await talk.bytes(2);
    if (!Buffer.isBuffer(header)) return header;
    const rest = await talk.bytes(header[1]! < 0x80 ? header[1]! : 0);
    if (!Buffer.isBuffer(rest)) return rest;
    // LDAPMessage { messageID, ExtendedResponse { resultCode ENUMERATED … } }
    const code = rest.indexOf(Buffer.from([0x0a, 0x01]));
    const isGranted = header[0] === 0x30 && rest[3] === 0x78 && code !== -1 && rest[code + 2] === 0;
    return isGranted ? undefined : refused('LDAP', `result code ${code === -1 ? 'missing' : rest[code + 2]}`);
  },
  /** https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL */
  async postgres(talk) {
    talk.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
    const answer = await talk.bytes(1);
    if (!Buffer.isBuffer(answer)) return answer;
    return answer[0] === 0x53 ? undefined : refused('PostgreSQL', JSON.stringify(answer.toString('latin1')));
  },
  /** https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_ssl_request.html */
  async mysql(talk) {
    const header = await talk.bytes(4);
    if (!Buffer.isBuffer(header)) return header;
    const greeting = await talk.bytes(header.readUIntLE(0, 3));
    if (!Buffer.isBuffer(greeting)) return greeting;
    if (greeting[0] !== 10) return refused('MySQL', 'the greeting is not of protocol 10');
    const versionEnd = greeting.indexOf(0, 1);
    const capabilities =
      versionEnd === -1 ? 0 : greeting[versionEnd + 14]! | (greeting[versionEnd + 15]! << 8) || 0;
    if ((capabilities & 0x0800) === 0) return refused('MySQL', 'it does not offer TLS');
    // CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION; packets up to 16 MiB; utf8mb4.
    const payload = Buffer.alloc(32);
    payload.writeUInt32LE(0x0000_8a00, 0);
    payload.writeUInt32LE(0x0100_0000, 4);
    payload[8] = 45;
    talk.write(Buffer.concat([Buffer.from([32, 0, 0, header[3]! + 1]), payload]));
    return undefined;
  },
  /** https://www.rfc-editor.org/rfc/rfc6120#section-5 */
  async xmpp(talk, host) {
    const to = host.replace(/[^A-Za-z0-9.:-]/g, '');
    talk.write(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${to}' version='1.0'>`,
    );
    const features = await talk.until('</stream:features>');
    if (typeof features !== 'string') return features;
    if (!features.includes('urn:ietf:params:xml:ns:xmpp-tls'))
      return refused('XMPP', 'it does not offer TLS');
    talk.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    const answer = await talk.until('>');
    if (typeof answer !== 'string') return answer;
    return answer.includes('<proceed') ? undefined : refused('XMPP', answer);
  },
};

const refused = (what: string, why: string): Fault =>
  fault('tls-handshake', `${what} refused STARTTLS: ${neutraliseLine(why, 120)}`);
