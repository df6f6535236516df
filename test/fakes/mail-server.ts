import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came, headers and all. */
  raw: string;
  subject: string;
  messageId: string;
}

export type MailFault =
  { is: 'code'; at: 'rcpt' | 'data'; code: number; message: string } | { is: 'drop-after' } | { is: 'slow' };

/** A real SMTP server on loopback that keeps what it takes, and can be made to refuse. */
export class MailServer {
  readonly mails: ReceivedMail[] = [];
  readonly user = 'watch';
  readonly password = 'a-password-for-the-test';
  /** Hears of every mail before it is answered. */
  onWrite: (raw: string) => void = () => {};
  readonly #faults: MailFault[] = [];
  readonly #server: SMTPServer;

  private constructor() {
    this.#server = new SMTPServer({
      authOptional: true,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, done) =>
        username === this.user && password === this.password
          ? done(null, { user: username })
          : done(Object.assign(new Error('Authentication failed'), { responseCode: 535 })),
      onRcptTo: (_address, _session, done) => {
        const fault = this.#take('rcpt');
        done(fault ? Object.assign(new Error(fault.message), { responseCode: fault.code }) : null);
      },
      onData: (stream, session, done) => {
        let raw = '';
        stream.on('data', (piece) => (raw += piece));
        stream.on('end', () => {
          const refused = this.#take('data');
          if (refused) return done(Object.assign(new Error(refused.message), { responseCode: refused.code }));
          const fault = this.#faults[0];
          if (fault?.is === 'slow') {
            this.#faults.shift();
            return undefined;
          }
          this.onWrite(raw);
          this.mails.push(mailOf(raw, session.envelope));
          if (fault?.is === 'drop-after') {
            this.#faults.shift();
            this.#dropAll();
            return undefined;
          }
          return done(null, 'taken');
        });
      },
    });
    this.#server.on('error', () => {});
  }

  static async start(): Promise<MailServer> {
    const server = new MailServer();
    const { server: listener } = server.#server.listen(0, '127.0.0.1') as unknown as {
      server: import('node:net').Server;
    };
    if (!server.#server.server.listening) await once(server.#server.server, 'listening');
    void listener;
    onTestFinished(() => new Promise<void>((resolve) => server.#server.close(() => resolve())));
    return server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  get settings() {
    return {
      host: '127.0.0.1',
      port: this.port,
      tls: 'none' as const,
      user: this.user,
      password: this.password,
      from: 'Watchdesk <watch@provider.example>',
    };
  }

  failNext(...faults: MailFault[]): void {
    this.#faults.push(...faults);
  }

  #take(at: 'rcpt' | 'data'): Extract<MailFault, { is: 'code' }> | undefined {
    const fault = this.#faults[0];
    if (fault?.is !== 'code' || fault.at !== at) return undefined;
    this.#faults.shift();
    return fault;
  }

  #dropAll(): void {
    for (const connection of this.#server.connections)
      (connection as unknown as { _socket: import('node:net').Socket })._socket.destroy();
  }
}

function mailOf(
  raw: string,
  envelope: { mailFrom: { address: string } | false; rcptTo: { address: string }[] },
): ReceivedMail {
  const header = (name: string) =>
    new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'mi').exec(raw)?.[1]?.replace(/\r\n\s/g, ' ') ?? '';
  return {
    from: envelope.mailFrom ? envelope.mailFrom.address : '',
    to: envelope.rcptTo.map(({ address }) => address),
    raw,
    subject: header('Subject'),
    messageId: header('Message-ID'),
  };
}
