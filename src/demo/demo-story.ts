import { setTimeout as sleep } from 'node:timers/promises';
import { print, styled } from '../cli/print.ts';
import { REASONS, type Reason } from '../core/reason.ts';
import { plural } from '../core/wording.ts';

interface Item {
  [key: string]: any;
}

/** Prints what happens, as reported by the API. */
export class DemoStory {
  readonly #json: boolean;
  readonly #known = new Map<string, string>();
  readonly #counts = { tickets: 0, pages: 0, recoveries: 0 };

  constructor(json: boolean) {
    this.#json = json;
  }

  begin(url: string, names: readonly string[]): void {
    if (this.#json) return this.#line('start', { url, targets: names });
    print('');
    print(`Probing ${names.join(', ')} every second; 3 consecutive failures open an incident.`);
    print(`Status wall: ${styled(`${url}/`, 'bold')}   (the demo ends in a minute; Ctrl-C stops it)`);
    print('Pages are only printed here. With Twilio configured, they reach a phone.');
    print('');
  }

  act(says: string): void {
    if (this.#json) return this.#line('act', { says });
    print(`${clock()}  ${styled(says, 'bold')}`);
  }

  end(): void {
    const { tickets, pages, recoveries } = this.#counts;
    if (this.#json) return this.#line('end', this.#counts);
    print('');
    print(
      `${plural(tickets, 'ticket')}, ${plural(pages, 'page')} and ${plural(recoveries, 'recovery', 'recoveries')}: one of each per outage.`,
    );
    print('Next: add your targets to config/targets/, then run npm start.');
  }

  /** Polls the API until it is stopped, and once more after that. */
  async follow(url: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      const last = signal.aborted;
      try {
        await this.#health(url);
        await this.#incidents(url);
        await this.#messages(url);
      } catch {
        // The monitor is stopping.
      }
      if (last) return;
      await sleep(150, undefined, { signal }).catch(() => {});
    }
  }

  async #health(url: string): Promise<void> {
    for (const { name, health, checks } of await list(url, 'targets')) {
      const before = this.#known.get(`health ${name}`);
      if (!this.#isNew(`health ${name}`, health) || before === undefined) continue;
      const { reason } = checks[0];
      const why = reason ? `: ${REASONS[reason as Reason]}` : '';
      if (health === 'suspect')
        this.#tell('suspect', 'yellow', '◐', `${name} is suspect${why}`, { target: name, reason });
      if (health === 'down')
        this.#tell('down', 'red', '■', `${name} is down${why}`, { target: name, reason });
      if (health === 'recovering')
        this.#tell('recovering', 'blue', '◑', `${name} responds again; one more probe to confirm`, {
          target: name,
        });
    }
  }

  async #incidents(url: string): Promise<void> {
    for (const { id, target, status, ticket, priority } of (await list(url, 'incidents')).toReversed()) {
      if (ticket && this.#isNew(`ticket ${id}`, ticket.id)) {
        this.#counts.tickets++;
        this.#tell(
          'ticket',
          'red',
          '✎',
          `${priority} ticket ${ticket.id} opened for ${target}: ${ticket.url}`,
          { target, ticket },
        );
      }
      if (this.#isNew(`status ${id}`, status) && status === 'resolved') {
        this.#counts.recoveries++;
        this.#tell('resolved', 'green', '●', `${target} has recovered; ticket ${ticket?.id} resolved`, {
          target,
        });
      }
    }
  }

  async #messages(url: string): Promise<void> {
    for (const { id, kind, state, channel, person, text } of (await list(url, 'pages')).toReversed()) {
      if (state !== 'accepted' || !this.#isNew(`message ${id}`, state)) continue;
      if (kind === 'page') this.#counts.pages++;
      const mark = kind === 'page' ? '☎' : '✉';
      this.#tell(kind, kind === 'page' ? 'red' : 'green', mark, `${channel} to ${person}: ${text}`, {
        person,
        channel,
        text,
      });
    }
  }

  #isNew(key: string, value: string): boolean {
    if (this.#known.get(key) === value) return false;
    this.#known.set(key, value);
    return true;
  }

  #tell(
    event: string,
    style: 'red' | 'green' | 'yellow' | 'blue',
    mark: string,
    text: string,
    fields: Item,
  ): void {
    if (this.#json) return this.#line(event, fields);
    print(`${clock()}    ${styled(mark, style)} ${text}`);
  }

  #line(event: string, fields: Item): void {
    print(JSON.stringify({ at: new Date().toISOString(), event, ...fields }));
  }
}

async function list(url: string, what: string): Promise<Item[]> {
  const answer = await fetch(`${url}/api/v1/${what}`);
  return ((await answer.json()) as { items: Item[] }).items;
}

const clock = (): string => new Date().toTimeString().slice(0, 8);
