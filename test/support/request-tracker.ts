import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Priority } from '../../src/core/target.ts';
import type { HelpdeskType } from '../../src/helpdesks/helpdesk.ts';
import requestTracker from '../../src/helpdesks/request-tracker.ts';
import { HUMAN, US, type HumanHand, type TicketView } from '../fakes/fake-helpdesk.ts';
import { freePort } from './free-port.ts';
import { adapterOf, type HelpdeskStand } from './helpdesk-stands.ts';
import { until } from './until.ts';
import { PROJECT } from './watchdesk-process.ts';

/** Why its tests cannot run here; undefined where they can. */
export const noRequestTracker: string | undefined =
  existsSync('/usr/share/request-tracker5/libexec/rt-server') &&
  existsSync('/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb')
    ? undefined
    : 'no Request Tracker 5 here; .ci/request-tracker install (as root) gets it from Debian';

const PASSWORDS = { root: 'password', watchdesk: 'watchdesk-password', ana: 'ana-password' };
type User = keyof typeof PASSWORDS;
const PRIORITY: Record<Priority, number> = { urgent: 100, high: 75, medium: 50, low: 0 };
const STATUS = { open: 'open', pending: 'stalled', resolved: 'resolved' };

/** A real Request Tracker 5 with a database of its own. */
export class RequestTracker {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#process = child;
    this.#folder = folder;
  }

  static async start(): Promise<RequestTracker> {
    const folder = await mkdtemp(join(tmpdir(), 'watchdesk-rt-'));
    const port = await freePort();
    const script = join(PROJECT, '.ci/request-tracker');
    const child = spawn(script, ['serve', folder, String(port)], { stdio: 'ignore', detached: true });
    const tracker = new RequestTracker(`http://127.0.0.1:${port}`, child, folder);
    await until(
      'Request Tracker',
      () =>
        tracker.api('root', 'GET', '/rt').then(
          () => true,
          () => false,
        ),
      60_000,
    );
    return tracker;
  }

  /** The server and its workers. */
  async stop(): Promise<void> {
    process.kill(-this.#process.pid!, 'SIGKILL');
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get settings() {
    return { url: this.url, user: 'watchdesk', password: PASSWORDS.watchdesk };
  }

  async api(
    user: User,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<unknown> {
    const answer = await request(`${this.url}/REST/2.0${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${PASSWORDS[user]}`).toString('base64')}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  stand(): HelpdeskStand {
    const make = (more: Record<string, unknown>) =>
      adapterOf(requestTracker as HelpdeskType<never>, { ...this.settings, ...more });
    return {
      helpdesk: make({}),
      make,
      view: (id) => this.#view(id),
      byHuman: (id, hand) => this.#byHuman(id, hand),
      openByHuman: async (subject, priority, more) => {
        const Priority = PRIORITY[priority];
        const body = { Queue: 'General', Subject: subject, Content: subject, Priority, ...more };
        return String(((await this.api('ana', 'POST', '/ticket', body)) as { id: string }).id);
      },
      complaints: () => [],
      secrets: [PASSWORDS.watchdesk],
    };
  }

  async #byHuman(id: string, { status, priority, assignee, reply, note, ...hand }: HumanHand): Promise<void> {
    const put = (body: unknown) => this.api('ana', 'PUT', `/ticket/${id}`, body);
    if (status) await put({ Status: STATUS[status] });
    if (priority) await put({ Priority: PRIORITY[priority] });
    if (assignee !== undefined) await put({ Owner: assignee ? 'ana' : 'Nobody' });
    const say = (how: string, Content: string) =>
      this.api('ana', 'POST', `/ticket/${id}/${how}`, { Content, ContentType: 'text/plain' });
    if (reply !== undefined) await say('correspond', reply);
    if (note !== undefined) await say('comment', note);
    if (hand.delete) await this.api('ana', 'DELETE', `/ticket/${id}`);
    if (hand.mergeInto !== undefined) await put({ MergeInto: hand.mergeInto });
  }

  async #view(id: string): Promise<TicketView> {
    const ticket = (await this.api('root', 'GET', `/ticket/${id}`)) as {
      id: number;
      Subject: string;
      Status: string;
      Priority: string;
      EffectiveId: { id: string };
      CustomFields: { name: string; values: string[] }[];
    };
    const list = async <Item>(path: string) =>
      ((await this.api('root', 'GET', `/ticket/${id}/${path}&per_page=100`)) as { items: Item[] }).items;
    const history = await list<{ id: string; Type: string; Creator: { id: string } }>(
      'history?fields=Type,Creator',
    );
    const texts = await list<{ Content: string; TransactionId: string; ContentType: string }>(
      'attachments?fields=Content,TransactionId,ContentType',
    );
    const textOf = (transaction: string | undefined) =>
      texts.find(
        ({ TransactionId, ContentType }) => TransactionId === transaction && ContentType === 'text/plain',
      )?.Content ?? '';
    return {
      id,
      key: ticket.CustomFields.find(({ name }) => name === 'watchdesk_key')?.values[0],
      subject: ticket.Subject,
      body: textOf(history.find(({ Type }) => Type === 'Create')?.id),
      status:
        ticket.Status === 'stalled'
          ? 'pending'
          : ['new', 'open'].includes(ticket.Status)
            ? 'open'
            : 'resolved',
      priority: (Object.keys(PRIORITY) as Priority[]).find(
        (one) => PRIORITY[one] === Number(ticket.Priority),
      ),
      mergedInto: ticket.EffectiveId.id === id ? undefined : ticket.EffectiveId.id,
      entries: history
        .filter(({ Type }) => Type === 'Comment' || Type === 'Correspond')
        .map(({ id: transaction, Type, Creator }) => ({
          author: Creator.id === 'watchdesk' ? US : HUMAN,
          body: textOf(transaction),
          isPublic: Type === 'Correspond',
        })),
    };
  }
}
