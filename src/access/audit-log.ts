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

/** Who came in and who changed what, for those who have to prove it later. Nobody waits for it. */
export class AuditLog {
  readonly #ports: AuditLogPorts;

  constructor(ports: AuditLogPorts) {
    this.#ports = ports;
  }

  note(what: AuditEvent, who: string, more: { from?: string; about?: string } = {}): void {
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
