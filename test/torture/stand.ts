import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';
import { FakeSlack } from '../fakes/fake-slack.ts';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';
import { FaultProxy } from './fault-proxy.ts';

/** Many sites on one listener, each by its path. */
export class Sites {
  readonly #down = new Set<string>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      response.writeHead(this.#down.has(request.url!.slice(1)) ? 503 : 200).end('ok');
    });
  }

  static async start(): Promise<Sites> {
    const sites = new Sites();
    sites.#server.listen(0, '127.0.0.1');
    await once(sites.#server, 'listening');
    onTestFinished(() => {
      sites.#server.closeAllConnections();
      sites.#server.close();
    });
    return sites;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  isDown(name: string): boolean {
    return this.#down.has(name);
  }

  set(name: string, down: boolean): void {
    if (down) this.#down.add(name);
    else this.#down.delete(name);
  }
}

export const REMINDER_MS = 4_000;

export interface Settings {
  targets: number;
  /** How long new tickets are missing from listings, and how long the adapter waits for them. */
  lagMs: number;
  indexLag: string;
}

/** The program as a process, between sites that fail and providers that keep their own books. */
export class TortureStand {
  readonly sites: Sites;
  readonly monitor: WatchdeskProcess;
  readonly freshdesk: FakeFreshdesk;
  readonly twilio: FakeTwilio;
  readonly slack: FakeSlack;
  readonly toFreshdesk: FaultProxy;
  readonly toTwilio: FaultProxy;
  readonly toSlack: FaultProxy;
  readonly names: string[];
  /** What arrived outside without a committed intent. */
  readonly uncommitted: string[] = [];
  kills = 0;
  #databasePath = '';

  private constructor(
    parts: Pick<
      TortureStand,
      | 'sites'
      | 'monitor'
      | 'freshdesk'
      | 'twilio'
      | 'slack'
      | 'toFreshdesk'
      | 'toTwilio'
      | 'toSlack'
      | 'names'
    >,
  ) {
    Object.assign(this, parts);
    this.sites = parts.sites;
    this.monitor = parts.monitor;
    this.freshdesk = parts.freshdesk;
    this.twilio = parts.twilio;
    this.slack = parts.slack;
    this.toSlack = parts.toSlack;
    this.toFreshdesk = parts.toFreshdesk;
    this.toTwilio = parts.toTwilio;
    this.names = parts.names;
  }

  static async build({ targets, lagMs, indexLag }: Settings): Promise<TortureStand> {
    const sites = await Sites.start();
    const freshdesk = await new FakeFreshdesk().start();
    freshdesk.lagMs = lagMs;
    const twilio = await FakeTwilio.start();
    const slack = await FakeSlack.start();
    const toSlack = await new FaultProxy(Number(new URL(slack.url).port)).start();
    const toFreshdesk = await new FaultProxy(freshdesk.port).start();
    const toTwilio = await new FaultProxy(Number(new URL(twilio.url).port)).start();
    const port = await freePort();
    const names = Array.from({ length: targets }, (_, n) => `t${n + 1}`);
    const { account_sid, auth_token, from } = twilio.settings;
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" }, devon: { name: Devon Hall, sms: "+12895550102" } }
teams: { support: { slack: C0SUPPORT1 } }
customer_updates: { every: 2s, first: 1s, nudge: 0s }
escalation:
  urgent:
    - { page: maria, via: [sms] }
    - { mobilise: support, via: [slack] }
    - { after: ${REMINDER_MS}ms, page: devon, via: [sms], repeat: ${REMINDER_MS}ms }
helpdesk: { type: freshdesk, url: "${toFreshdesk.url}", api_key: "${freshdesk.apiKey}", requester: monitor@example.com, index_lag: ${indexLag}, poll: 1s, fallback_after: 2s, calls_per_minute: 10000 }
channels: { sms: { twilio: { account_sid: ${account_sid}, auth_token: "${auth_token}", from: "${from}", api_url: "${toTwilio.url}" } }, slack: { slack: { bot_token: ${slack.botToken}, signing_secret: ${slack.signingSecret}, api_url: "${toSlack.url}/api/", timeout: 3s } } }
defaults: { interval: 300ms, timeout: 300ms, failures: 2, recoveries: 2 }
incidents: { reopen_window: 1s, group_at: 10000 }
`,
      'targets/all.yaml': `customer: { name: Acme Ltd }\ntargets:\n${names
        .map(
          (name) =>
            `  - { name: ${name}, kind: site, url: "${sites.url}/${name}", checks: [{ type: http }] }`,
        )
        .join('\n')}\n`,
    });
    const monitor = new WatchdeskProcess(folder, port);
    onTestFinished(() => {
      toFreshdesk.stop();
      toTwilio.stop();
      toSlack.stop();
      freshdesk.stop();
    });
    const stand = new TortureStand({
      sites,
      monitor,
      freshdesk,
      twilio,
      slack,
      toFreshdesk,
      toTwilio,
      toSlack,
      names,
    });
    stand.#databasePath = join(folder, 'data/watchdesk.db');
    stand.#watchIntents(stand.#databasePath);
    return stand;
  }

  /** Whatever arrives outside must stand in the store by then: asked of the file itself, not of the program. */
  #watchIntents(path: string): void {
    const stands = (sql: string, key: string): boolean => {
      if (!existsSync(path)) return false;
      const database = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
      try {
        return database.prepare(sql).get(key) !== undefined;
      } finally {
        database.close();
      }
    };
    this.freshdesk.onWrite = (what, body) => {
      const fields = body['custom_fields'] as Record<string, string> | undefined;
      const key = fields?.['cf_watchdesk_key'] ?? /\[([^\]]+)\]$/.exec(String(body['body']))?.[1] ?? '';
      if (key.startsWith('double:')) return;
      const effect = what === 'ticket' ? `${key}:ticket.open:` : key;
      const sql = `SELECT 1 FROM effects WHERE state = 'sending' AND id LIKE ? || '%'`;
      if (!stands(sql, effect)) this.uncommitted.push(`${what} ${key}`);
    };
    this.twilio.onWrite = (body) => {
      const code = codeOf(body);
      if (!stands(`SELECT 1 FROM effects WHERE state = 'sending' AND code = ?`, code)) {
        this.uncommitted.push(`message ${body}`);
      }
    };
  }

  get proxies(): FaultProxy[] {
    return [this.toFreshdesk, this.toTwilio, this.toSlack];
  }

  async kill(): Promise<void> {
    this.kills++;
    await this.monitor.kill();
  }

  /** Lets everything come to rest: no faults, and as many incidents open as sites are down. */
  async settle(timeoutMs = 60_000): Promise<void> {
    for (const proxy of this.proxies) {
      proxy.decide = () => undefined;
      proxy.onMoment = () => {};
    }
    if (!this.monitor.isAlive) await this.monitor.start();
    await until(
      'rest',
      async () => {
        if (!this.monitor.isAlive) await this.monitor.start();
        const all = await this.monitor.list('incidents');
        const open = all.filter(({ status }) => status !== 'resolved');
        const down = this.names.filter((name) => this.sites.isDown(name));
        if (
          open
            .map(({ target }) => target)
            .sort()
            .join() !== down.sort().join()
        )
          return false;
        // Of a storm the first page of each may wait to be bundled.
        const paged = new Set(
          (await this.monitor.list('pages?kind=page&state=accepted')).map(({ incident }) => incident),
        );
        if (!all.every(({ id }) => paged.has(id))) return false;
        const effects = await this.monitor.list('effects');
        // A reminder may wait to be bundled; whatever has been begun has come to its end.
        const waits = (kind: string, state: string) => kind === 'page' && state === 'pending';
        return effects.every(
          ({ kind, state }) => ['accepted', 'confirmed', 'dead'].includes(state) || waits(kind, state),
        );
      },
      timeoutMs,
    );
  }

  /** Compares what the program says with the books of the providers. Empty when every promise was kept. */
  async broken({ doublesUntilSweep = false } = {}): Promise<string[]> {
    const wrong: string[] = [];
    const incidents = await this.monitor.list('incidents');
    const pages = await this.monitor.list('pages?kind=page');
    const notices = await this.monitor.list('pages?kind=notice');
    const texts = new Map<string, number[]>();
    for (const { body, dateSent } of this.twilio.sent) {
      texts.set(codeOf(body), [...(texts.get(codeOf(body)) ?? []), dateSent.getTime()]);
    }
    for (const {
      id,
      status,
      target,
      kind,
      by,
      opened_at: openedAt,
      resolved_at: resolvedAt,
      next_review_at: due,
    } of incidents) {
      const what = `${id} of ${target} (${status})`;
      if (kind === 'ticket')
        wrong.push(`F: a ticket of our own pages as one that a human marked urgent: ${what}`);
      if (by !== null) wrong.push(`F: what we did is taken for the work of a human: ${what}, ${by}`);
      const own = pages.filter(({ incident }) => incident === id);
      const arrived = own.filter(({ code }) => texts.has(code));
      if (arrived.length === 0) wrong.push(`A: no page arrived of ${what}`);
      for (const page of own) {
        if (page.state === 'accepted' && !texts.has(page.code)) {
          wrong.push(`A: ${page.id} is accepted and not in the provider's books`);
        }
      }
      const tickets = this.freshdesk.withKey(id);
      const open = tickets.filter((ticket) => ticket.status === 2);
      if (open.length !== (status === 'resolved' ? 0 : 1))
        wrong.push(`B: ${open.length} open tickets of ${what}`);
      if (!doublesUntilSweep && tickets.length !== 1) wrong.push(`B: ${tickets.length} tickets of ${what}`);
      // Devon is paged by the reminders alone: the nth not before n periods have gone by.
      const reminders = own
        // One that waits to be bundled has been decided, and is on its way.
        .filter(({ to }) => to === 'devon')
        .map(({ created_at: at }) => Date.parse(at))
        .sort((a, b) => a - b);
      reminders.forEach((at, index) => {
        if (at < Date.parse(openedAt) + (index + 1) * REMINDER_MS)
          wrong.push(`C: reminder ${index + 1} early of ${what}`);
      });
      const lasted = Date.parse(resolvedAt ?? new Date().toISOString()) - Date.parse(openedAt);
      if (lasted > 3 * REMINDER_MS && reminders.length === 0) wrong.push(`C: no reminder of ${what}`);
      const told = notices.some(({ incident, state }) => incident === id && state === 'accepted');
      if (status === 'resolved' && !told) wrong.push(`C: nobody was told of the end of ${what}`);
      if (status !== 'resolved' && due === null) wrong.push(`D: no due step of ${what}`);
    }
    for (const { code, effect, doubts } of this.#messages()) {
      const posted = this.slack.messages.filter(({ metadata }) => metadata?.event_payload.code === code);
      if (posted.length > 1 + doubts) wrong.push(`H: ${effect} stands ${posted.length} times in Slack`);
    }
    for (const ticket of this.freshdesk.tickets) {
      const said = ticket.entries.flatMap(({ body }) =>
        /has been unavailable since/.test(body)
          ? ['status']
          : /is available again\. Duration:/.test(body)
            ? ['end']
            : [],
      );
      // After the last word there is no status, and no second one.
      const end = said.indexOf('end');
      const wasReopened = incidents.some(
        ({ id, reopened }) => reopened > 0 && this.freshdesk.withKey(id).some((one) => one.id === ticket.id),
      );
      if (end !== -1 && end !== said.length - 1 && !wasReopened)
        wrong.push(`I: after the last word on ticket ${ticket.id}: ${said.slice(end + 1).join()}`);
    }
    const effects = await this.monitor.list('effects');
    for (const ticket of this.freshdesk.tickets) {
      const keys = ticket.entries.map(({ body }) => /\[([^\]]+)\]$/.exec(body)?.[1]);
      const ofNotes = keys.filter((key) => key !== undefined);
      // A reply, which the customer reads, has no key: there are as many as were ordered.
      const ids = incidents
        .filter(({ id }) => this.freshdesk.withKey(id).some((one) => one.id === ticket.id))
        .map(({ id }) => id);
      const ordered = effects.filter(
        ({ kind, incident }) => kind === 'ticket.reply' && ids.includes(incident),
      );
      const isDoubled =
        new Set(ofNotes).size !== ofNotes.length || keys.length - ofNotes.length > ordered.length;
      if (isDoubled && !doublesUntilSweep) wrong.push(`B: a note twice on ticket ${ticket.id}`);
    }
    const held = new DatabaseSync(this.#databasePath, { readOnly: true });
    const sql = `SELECT key FROM desk_tickets WHERE state NOT IN ('resolved', 'closed', 'merged') AND key IN (SELECT incident FROM tickets WHERE adapter <> 'desk')`;
    for (const { key } of held.prepare(sql).all()) wrong.push(`G: the desk still holds ${String(key)}`);
    held.close();
    for (const intent of this.uncommitted) wrong.push(`E: without a committed intent: ${intent}`);
    const findings = /"finding":"([^"]+)","what":"([^"]+)"/g;
    for (const [, is, which] of this.monitor.output.matchAll(findings)) wrong.push(`auditor: ${is} ${which}`);
    wrong.push(...this.freshdesk.complaints, ...this.twilio.complaints);
    return wrong;
  }

  /** Messages by code, and how often their answer was lost. */
  #messages(): { code: string; effect: string; doubts: number }[] {
    const database = new DatabaseSync(this.#databasePath, { readOnly: true });
    const sql = `SELECT code, id, coalesce(json_extract(document, '$.doubts'), 0) AS doubts,
      json_extract(document, '$.content.perhapsDouble') AS again FROM effects WHERE code IS NOT NULL`;
    const rows = database.prepare(sql).all() as {
      code: string;
      id: string;
      doubts: number;
      again: unknown;
    }[];
    database.close();
    // A kill leaves a doubt that nobody has counted; what was sent again says so.
    return rows.map(({ code, id, doubts, again }) => ({ code, effect: id, doubts: again ? doubts + 1 : 0 }));
  }

  /** The numbers of a round, for people. */
  async summary(): Promise<string> {
    const incidents = await this.monitor.list('incidents');
    const again = this.twilio.sent.filter(({ body }) => body.includes('(sent again)')).length;
    const faults = this.proxies.flatMap(({ counts }) => [...counts]).filter(([name]) => name !== 'pass');
    const total = faults.reduce((sum, [, count]) => sum + count, 0);
    return `${this.kills} kills, ${total} faults, ${incidents.length} incidents, ${this.freshdesk.tickets.length} tickets, ${this.twilio.sent.length} messages (${again} sent again), ${this.slack.messages.length} in Slack`;
  }
}

/** The code at the end of a page's link: `…/a/K7Q2M9XAPC-4T8PNW`. */
const codeOf = (text: string): string => /\/a\/([0-9A-Z]+)/.exec(text)?.[1] ?? '';
