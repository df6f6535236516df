import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

const DOVECOT = '/usr/sbin/dovecot';
/** Debian's user `mail`. */
const MAIL = 8;

/** It changes to other users, which root alone may. */
export const hasImapServer = existsSync(DOVECOT) && process.getuid?.() === 0;

if (!hasImapServer) {
  console.log(
    'Skipped: tests against a real IMAP server; to run them install it as root (apt-get install dovecot-imapd).',
  );
}

/** A real IMAP server (Dovecot) with one mailbox, on loopback. */
export class ImapServer {
  readonly port: number;
  readonly user = 'support';
  readonly password = 'a mailbox password';
  readonly #folder: string;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  static async start(): Promise<ImapServer> {
    const server = new ImapServer(await freePort(), await temporaryFolder());
    await server.#run();
    return server;
  }

  async #run(): Promise<void> {
    const folder = this.#folder;
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'mail'));
    await chown(join(folder, 'mail'), MAIL, MAIL);
    await writeFile(
      join(folder, 'dovecot.conf'),
      `
protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
default_login_user = dovenull
default_internal_user = dovecot
first_valid_uid = ${MAIL}
mail_location = maildir:${folder}/mail/%u
passdb {
  driver = static
  args = password=${this.password.replaceAll(' ', '_')}
}
userdb {
  driver = static
  args = uid=${MAIL} gid=${MAIL} home=${folder}/mail/%u
}
service imap-login {
  inet_listener imap {
    port = ${this.port}
  }
  inet_listener imaps {
    port = 0
  }
}
namespace inbox {
  inbox = yes
  mailbox Done {
    auto = create
  }
}
`,
    );
    const child = spawn(DOVECOT, ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore' });
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await new Promise((resolve) =>
        child.exitCode === null ? child.once('exit', resolve) : resolve(undefined),
      );
    });
    try {
      await until('the IMAP server', async () => {
        const client = await this.connect();
        await client.logout();
        return true;
      });
    } catch (error) {
      const log = await readFile(join(folder, 'dovecot.log'), 'utf8').catch(() => '');
      throw new Error(`${String(error)}\n${log}`);
    }
  }

  get settings(): string {
    return `{ host: 127.0.0.1, port: ${this.port}, tls: none, user: ${this.user}, password: ${this.password.replaceAll(' ', '_')}, address: support@provider.example, authserv_id: mx.provider.example, every: 1h }`;
  }

  async connect(): Promise<ImapFlow> {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: this.port,
      secure: false,
      doSTARTTLS: false,
      auth: { user: this.user, pass: this.password.replaceAll(' ', '_') },
      logger: false,
    });
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  /** Puts a mail into the mailbox, as a mail server would. */
  async deliver(...mails: string[]): Promise<void> {
    const client = await this.connect();
    for (const mail of mails) await client.append('INBOX', mail.replace(/\r?\n/g, '\r\n'));
    await client.logout();
  }

  /** How many in a folder, and how many of them have not been read. */
  async count(folder = 'INBOX'): Promise<{ all: number; unseen: number }> {
    const client = await this.connect();
    const status = await client.status(folder, { messages: true, unseen: true });
    await client.logout();
    return { all: status.messages ?? 0, unseen: status.unseen ?? 0 };
  }
}
