/** From least to most: a viewer looks, an agent works on tickets, a manager plans and reads reports, an admin may all. */
export const STAFF_ROLES = ['viewer', 'agent', 'manager', 'admin'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** A customer sees its own tickets alone; its account manager makes its users. */
export type Role = StaffRole | 'customer' | 'account-manager';

/** Somebody who signs in. */
export interface User {
  /** Name in the config for staff; made by us for portal users. */
  id: string;
  name: string;
  email: string;
  role: Role;
  /** Whose user it is: portal users see that customer's tickets alone. */
  customer?: string;
  /** `scrypt:…`; absent for who signs in elsewhere, or has not chosen one yet. */
  password?: string;
  /** Base32; absent without a second factor. */
  totp?: string;
  /** The last code that was used: none is good twice. */
  totpUsed?: number;
  createdAt?: number;
  createdBy?: string;
  /** They have shown that they read mail at their address: by a link that was mailed there, or by OpenID Connect. */
  hasMailbox?: boolean;
  /** Sessions that began before have ended. */
  signedOutAt?: number;
}

/** A browser that somebody has signed in with. */
export interface Session {
  /** Hash of what the cookie holds: what is stored cannot be used. */
  id: string;
  user: string;
  createdAt: number;
  expiresAt: number;
  /** Of password and role: another one ends it. */
  proof: string;
}

/** Whether a role is at least that one. */
export const isAtLeast = (role: Role, wanted: StaffRole): boolean =>
  STAFF_ROLES.indexOf(role as StaffRole) >= STAFF_ROLES.indexOf(wanted);

export const isStaff = (role: Role): role is StaffRole => STAFF_ROLES.includes(role as StaffRole);
