import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { Change } from '../store/store.ts';
import type { Caller } from './access.ts';
import { networkOf } from './login-guard.ts';

export interface AuditLogPorts {
  clock: Clock;
  commit(change: Pick<Change, 'audit'>): Promise<void>;
  onFault(error: unknown): void;
}

/**
 * Failed sign-ins logged per minute: per network, over all unknown names, and over names of users. An attacker may try
 * as often as they like, and must neither fill the disk nor hide another attacker's attempts.
 */
const MOST_A_MINUTE = { network: 5, unknown: 30, known: 60 } as const;
const MINUTE_MS = 60_000;
/** Networks and names counted separately within a minute. */
const MOST_KEYS = 1_000;

export interface SignInTried {
  from: string;
  /** The name that was entered. */
  as: string;
  /** Further detail on the sign-in method. */
  how?: string;
  /** Whether a user has that name. */
  isKnown: boolean;
}

/** Logs who signed in and who changed what, as later proof. No caller waits for the write. */
export class AuditLog {
  readonly #ports: AuditLogPorts;
  /** Counts of the current minute. */
  readonly #written = new Map<string, number>();
  readonly #left = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(ports: AuditLogPorts) {
    this.#ports = ports;
  }

  note(what: AuditEvent, who: string, more: { from?: string; about?: string } = {}): void {
    this.#write(what, who, more);
  }

  /** A sign-in that failed, or was rejected without being checked. */
  tried(what: 'sign-in-failed' | 'sign-in-held', { from, as, how, isKnown }: SignInTried): void {
    this.#timer ??= this.#ports.clock.after(MINUTE_MS, () => this.flush());
    const network = `from ${networkOf(from)}`;
    const kind = isKnown ? 'known' : 'unknown';
    const hasRoom =
      (this.#written.get(network) ?? 0) < MOST_A_MINUTE.network &&
      (this.#written.get(kind) ?? 0) < MOST_A_MINUTE[kind];
    if (hasRoom) {
      count(this.#written, network);
      count(this.#written, kind);
      this.#write(what, 'nobody', { from, about: `as ${as}${how === undefined ? '' : `, ${how}`}` });
      return;
    }
    count(this.#left, 'all');
    count(this.#left, network);
    if (isKnown) count(this.#left, `as ${as}`);
  }

  /** The minute is over: writes one line for the attempts that were left out. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const all = this.#left.get('all');
    if (all !== undefined) {
      const most = (prefix: string) =>
        [...this.#left]
          .filter(([key]) => key.startsWith(prefix))
          .sort(([, a], [, b]) => b - a)
          .slice(0, 3)
          .map(([key, times]) => `${key.slice(0, 60)} (${times})`);
      const about = [`${all} more within a minute`, ...most('as '), ...most('from ')].join(', ');
      this.#write('sign-in-failed', 'nobody', { about });
    }
    this.#written.clear();
    this.#left.clear();
  }

  #write(what: AuditEvent, who: string, more: { from?: string; about?: string }): void {
    const { clock, commit, onFault } = this.#ports;
    const record: AuditRecord = {
      at: clock.now(),
      who: neutraliseLine(who, 120),
      what,
      ...(more.from !== undefined && { from: neutraliseLine(more.from, 64) }),
      ...(more.about !== undefined && { about: neutraliseLine(more.about, 300) }),
    };
    commit({ audit: [record] }).catch(onFault);
  }
}

function count(counts: Map<string, number>, key: string): void {
  if (counts.has(key) || counts.size < MOST_KEYS) counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** `user maria`, `token deploy`, `nobody`. */
export function callerName(caller: Caller): string {
  switch (caller.is) {
    case 'user':
      return `user ${caller.user.id.startsWith('u-') ? caller.user.email : caller.user.id}`;
    case 'token':
      return `token ${caller.name}`;
    default:
      return 'nobody';
  }
}
