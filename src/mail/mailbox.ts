import type { ImapFlow } from 'imapflow';
import type { Clock, Timer } from '../core/clock.ts';
import type { MailboxSettings } from '../desk/desk-settings.ts';
import { StoreError } from '../store/store.ts';
import { say } from '../text/say.ts';
import type { MailTaken } from './mail-desk.ts';
import { UnreadableMail } from './mail-parser.ts';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 300_000;
/** A mail on which so many attempts have failed is put before people. */
const MOST_TRIES = 3;
const LARGEST_BYTES = 40 * 1_048_576;
/** Enough to show who sent an unreadable mail. */
const BEGINNING_BYTES = 65_536;

/** A mail that is being read, and how many attempts have begun. */
export interface Trial {
  name: string;
  tries: number;
}

export interface MailboxPorts {
  clock: Clock;
  /** The mail that was being read when the last process ended, and how to record which one is read now. */
  trial: { last(): Promise<Trial | undefined>; store(trial: Trial | undefined): Promise<void> };
  settings(): MailboxSettings | undefined;
  take(source: Uint8Array): Promise<MailTaken>;
  /** Takes a mail that cannot be read. */
  unreadable(source: Uint8Array, why: string): Promise<MailTaken>;
  onMail(taken: MailTaken): void;
  /** The mailbox cannot be read, and why; undefined when it can be read again. */
  onTrouble(why: string | undefined): void;
  onFault(error: unknown): void;
}

/** Reads a mailbox by IMAP (https://www.rfc-editor.org/rfc/rfc9051): on the server's notice, and at intervals. */
export class Mailbox {
  readonly #ports: MailboxPorts;
  #client: ImapFlow | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #trouble: string | undefined;
  #isReading = false;
  #again = false;
  #running = false;
  /** The settings that the connection was made with. */
  #of = '';
  /** How many attempts each mail has begun without success, including before the last start. */
  #tries: Map<string, number> | undefined;

  constructor(ports: MailboxPorts) {
    this.#ports = ports;
  }

  /** Why the mailbox cannot be read, in words for people. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  start(): void {
    this.#running = true;
    this.apply();
  }

  /** Applies settings that may have changed. */
  apply(): void {
    if (!this.#running) return;
    const settings = this.#ports.settings();
    const of = JSON.stringify(settings);
    if (of === this.#of) return;
    this.#of = of;
    this.#close();
    this.#trouble = undefined;
    this.#failures = 0;
    this.#timer?.cancel();
    if (settings) this.#after(0);
  }

  stop(): void {
    this.#running = false;
    this.#of = '';
    this.#timer?.cancel();
    this.#close();
  }

  /** Checks the mailbox now. */
  async look(): Promise<void> {
    const settings = this.#ports.settings();
    if (!settings || !this.#running) return;
    if (this.#isReading) {
      this.#again = true;
      return;
    }
    this.#isReading = true;
    this.#timer?.cancel();
    try {
      do {
        this.#again = false;
        await this.#read(await this.#connected(settings), settings);
      } while (this.#again && this.#running);
      this.#failures = 0;
      this.#say(undefined);
      this.#after(settings.everyMs);
    } catch (error) {
      this.#close();
      this.#failures++;
      this.#say(wordOf(error));
      this.#after(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 10)));
    } finally {
      this.#isReading = false;
    }
  }

  #after(ms: number): void {
    if (!this.#running) return;
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(ms, () => void this.look());
  }

  async #connected(settings: MailboxSettings): Promise<ImapFlow> {
    if (this.#client?.usable) return this.#client;
    const { ImapFlow: Client } = await import('imapflow');
    const client = new Client({
      host: settings.host,
      port: settings.port,
      secure: settings.tls === 'implicit',
      ...(settings.tls === 'starttls' && { doSTARTTLS: true }),
      ...(settings.tls === 'none' && { doSTARTTLS: false }),
      auth: { user: settings.user, pass: settings.password },
      logger: false,
      connectionTimeout: 15_000,
      greetingTimeout: 15_000,
      socketTimeout: 5 * 60_000,
    });
    client.on('error', (error: unknown) => {
      if (this.#client === client) this.#say(wordOf(error));
    });
    client.on('close', () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#after(FIRST_WAIT_MS);
    });
    client.on('exists', () => void this.look());
    await client.connect();
    await client.mailboxOpen(settings.folder);
    this.#client = client;
    return client;
  }

  async #read(client: ImapFlow, { doneFolder }: MailboxSettings): Promise<void> {
    const found = await client.search({ seen: false }, { uid: true });
    for (const uid of found || []) {
      if (!this.#running) return;
      const validity = client.mailbox === false ? '' : String(client.mailbox.uidValidity);
      const name = `${validity}/${uid}`;
      const message = await client.fetchOne(
        String(uid),
        { source: { maxLength: LARGEST_BYTES } },
        { uid: true },
      );
      if (!message || !message.source) continue;
      const beginning = message.source.subarray(0, BEGINNING_BYTES).slice();
      const tries = await this.#begin(name);
      try {
        this.#ports.onMail(
          tries > MOST_TRIES
            ? await this.#ports.unreadable(beginning, say('mail.unreadable-tries', { count: MOST_TRIES }))
            : await this.#ports.take(message.source),
        );
      } catch (error) {
        // A full disk is not the fault of the mail: it is retried for as long as it takes.
        if (error instanceof StoreError && error.kind !== 'conflict') {
          this.#tries?.delete(name);
          throw error;
        }
        const isHopeless = error instanceof UnreadableMail;
        if (!isHopeless) this.#ports.onFault(error);
        if (!isHopeless && tries < MOST_TRIES) {
          this.#again = false;
          continue;
        }
        const why = error instanceof Error ? error.message : String(error);
        this.#ports.onMail(await this.#ports.unreadable(beginning, why));
      }
      this.#tries?.delete(name);
      await this.#ports.trial.store(undefined);
      // A mail is marked only once it is stored: after a crash in between it is read again, and recognised.
      await client.messageFlagsAdd(String(uid), ['\\Seen'], { uid: true });
      if (doneFolder !== undefined) await client.messageMove(String(uid), doneFolder, { uid: true });
    }
  }

  /** Stored before the attempt, to recognise a mail that ends the process. Returns how many attempts have begun. */
  async #begin(name: string): Promise<number> {
    if (!this.#tries) {
      const last = await this.#ports.trial.last();
      this.#tries = new Map(last ? [[last.name, last.tries]] : []);
    }
    const tries = (this.#tries.get(name) ?? 0) + 1;
    this.#tries.set(name, tries);
    await this.#ports.trial.store({ name, tries });
    return tries;
  }

  #say(why: string | undefined): void {
    if (why === this.#trouble) return;
    this.#trouble = why;
    this.#ports.onTrouble(why);
  }

  #close(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }
}

function wordOf(error: unknown): string {
  const { responseText, code, message, authenticationFailed } = error as {
    responseText?: string;
    code?: string;
    message?: string;
    authenticationFailed?: boolean;
  };
  if (authenticationFailed) return say('mail.credentials-rejected');
  return responseText ?? code ?? message ?? say('mail.unknown-error');
}
