import type { StaffRole } from '../core/user.ts';

/** Token scopes: read what is shown, write incidents and plans, work on tickets, read metrics, everything. */
export type TokenScope = 'read' | 'write' | 'tickets' | 'metrics' | 'admin';

export interface StaffUser {
  id: string;
  name: string;
  /** Lower case; empty if the user has none. */
  email: string;
  role: StaffRole;
  password?: string;
  totp?: string;
}

export interface ApiToken {
  name: string;
  token: string;
  scopes: readonly TokenScope[];
}

export interface OpenIdSettings {
  issuer: string;
  clientId: string;
  clientSecret: string;
  scope: string;
  title: string;
  isInsecure: boolean;
}

export interface AccessSettings {
  users: readonly StaffUser[];
  tokens: readonly ApiToken[];
  openid?: OpenIdSettings;
  sessionMs: number;
  /** What can be read without signing in. */
  open: readonly ('metrics' | 'wall' | 'all')[];
}

/** Whether sign-in is required: without users, OpenID Connect and tokens everything is open, on this machine only. */
export const isGuarded = ({ users, openid, tokens, open }: AccessSettings): boolean =>
  !open.includes('all') && (users.length > 0 || openid !== undefined || tokens.length > 0);
