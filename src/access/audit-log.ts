import type { AuditEvent, AuditRecord } from '../core/audit-record.ts';
import type { Clock } from '../core/clock.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import type { Change } from '../store/store.ts';
import type { Caller } from './access.ts';

export interface AuditLogPorts {
  clock: Clock;
  commit(change: Pick<Change, 'audit'>): Promise<void>;
  onFault(error: unknown): void;
}

/** Of what strangers do, so many records are written within a minute; the rest is counted. */
const STRANGERS_A_MINUTE = 30;

/** Who came in and who changed what, for those who have to prove it later. Nobody waits for it. */
export class AuditLog {
  readonly #ports: AuditLogPorts;
  /** Since when what strangers do is counted, how much was written, and what was left out of each kind. */
  #strangers = { since: -Infinity, written: 0, left: new Map<AuditEvent, number>() };

  constructor(ports: AuditLogPorts) {
    this.#ports = ports;
  }

  note(what: AuditEvent, who: string, more: { from?: string; about?: string } = {}): void {
    if (who === 'nobody' && !this.#hasRoom(what)) return;
    this.#write(what, who, more);
  }

  /** Anybody can knock on the door as often as they like, and must not fill the disk with that. */
  #hasRoom(what: AuditEvent): boolean {
    const now = this.#ports.clock.now();
    if (Math.abs(now - this.#strangers.since) >= 60_000) {
      const { left } = this.#strangers;
      this.#strangers = { since: now, written: 0, left: new Map() };
      for (const [event, count] of left)
        this.#write(event, 'nobody', { about: `${count} more in the minute before` });
    }
    if (this.#strangers.written < STRANGERS_A_MINUTE) {
      this.#strangers.written++;
      return true;
    }
    this.#strangers.left.set(what, (this.#strangers.left.get(what) ?? 0) + 1);
    return false;
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
