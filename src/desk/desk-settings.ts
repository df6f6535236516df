import type { DeskRules } from '../core/desk/desk-rules.ts';
import type { EventHook } from '../core/desk/event-hook.ts';

/** The mailbox that tickets come from. */
export interface MailboxSettings {
  host: string;
  port: number;
  tls: 'implicit' | 'starttls' | 'none';
  user: string;
  password: string;
  folder: string;
  doneFolder?: string;
  /** Our own address, in lower case. */
  address: string;
  authservId?: string;
  everyMs: number;
}

export interface AttachmentLimits {
  largestBytes: number;
  most: number;
  /** Disk space to keep free: files that would leave less are left out. */
  keepFreeBytes: number;
  folder: string;
}

export interface DeskSettings {
  rules: DeskRules;
  portal: { title: string; isOpen: boolean; showsPromises: boolean };
  mail?: MailboxSettings;
  attachments: AttachmentLimits;
  hooks: readonly EventHook[];
}
