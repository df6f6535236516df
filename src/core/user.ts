/** Lowest first: a viewer looks, an agent works on tickets, a manager plans and reads reports, an admin may do all. */
export const STAFF_ROLES = ['viewer', 'agent', 'manager', 'admin'] as const;
export type StaffRole = (typeof STAFF_ROLES)[number];

/** A customer user only sees that customer's tickets; an account manager also invites its users. */
export type Role = StaffRole | 'customer' | 'account-manager';

/** A user who can sign in. */
export interface User {
  /** Name in the config for staff; generated for portal users. */
  id: string;
  name: string;
  email: string;
  role: Role;
  /** Customer of a portal user, who only sees that customer's tickets. */
  customer?: string;
  /** `scrypt:…`; absent for users who sign in elsewhere, or have not chosen a password yet. */
  password?: string;
  /** Base32; absent without a second factor. */
  totp?: string;
  /** The last TOTP code used: each code works only once. */
  totpUsed?: number;
  createdAt?: number;
  createdBy?: string;
  /** The user has proven access to the mailbox: by a link mailed there, or by OpenID Connect. */
  hasMailbox?: boolean;
  /** Sessions that began before this time have ended. */
  signedOutAt?: number;
}

/** A signed-in browser. */
export interface Session {
  /** Hash of the cookie's value: the stored value cannot be used to sign in. */
  id: string;
  user: string;
  createdAt: number;
  expiresAt: number;
  /** Derived from password and role: a change of either ends the session. */
  proof: string;
}

/** Whether a role has at least the permissions of `wanted`. */
export const isAtLeast = (role: Role, wanted: StaffRole): boolean =>
  STAFF_ROLES.indexOf(role as StaffRole) >= STAFF_ROLES.indexOf(wanted);

export const isStaff = (role: Role): role is StaffRole => STAFF_ROLES.includes(role as StaffRole);
