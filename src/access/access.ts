// One file although it is long: all access decisions are made in one place, so that they can be audited in one.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { isStaff, type Session, type User } from '../core/user.ts';
import { hmac, isEqual } from '../outside/signature.ts';
import type { Change, Store } from '../store/store.ts';
import { isGuarded, type AccessSettings, type TokenScope } from './access-settings.ts';
import { LoginGuard, networkOf } from './login-guard.ts';
import { Busy, hashPassword, isPassword, NOBODYS_HASH } from './password.ts';
import { totpStep } from './totp.ts';

/** Who sends a request. */
export type Caller =
  /** Sign-in is not required. */
  | { is: 'anybody' }
  | { is: 'nobody' }
  /** `renewedMs`: use has extended the session by this long, so its cookie must be renewed. */
  | { is: 'user'; user: User; session: string; renewedMs?: number }
  | { is: 'token'; name: string; scopes: readonly TokenScope[] };

export type SignIn =
  | { is: 'in'; user: User }
  /** Name and password are correct, the second factor is missing. */
  | { is: 'wants-code' }
  | { is: 'wrong' }
  | { is: 'held'; untilMs: number };

export interface AccessPorts {
  clock: Clock;
  settings(): AccessSettings;
  store: Pick<Store, 'users' | 'session' | 'mark'>;
  commit(change: Change): Promise<void>;
  /** Signs invitations and forms; stays the same across restarts. */
  key(): string;
  /** Whether the config has a customer of that name: users of unknown customers cannot sign in. */
  hasCustomer(name: string): boolean;
}

const INVITATION_MS = 7 * 86_400_000;
const RESET_MS = 3_600_000;
/** Repeated requests for one address send at most one link per this period. */
const MAIL_GAP_MS = 10 * 60_000;
/** Most links sent within that period. */
const MOST_MAILS = 50;
const BUSY_MS = 5_000;
/** Limit on a session's life, however much it is used. */
const LONGEST_SESSION_MS = 30 * 86_400_000;

/** Most ended sessions remembered; the store has long removed older ones, too. */
const MOST_ENDED = 10_000;

/** Decides who may sign in: staff of the config, portal users of customers, programs with a token. */
export class Access {
  readonly #ports: AccessPorts;
  readonly #guard = new LoginGuard();
  /** By id. */
  readonly #portal = new Map<string, User>();
  /** The TOTP step of the last code that a config user has used. */
  readonly #used = new Map<string, number>();
  /** Sessions that were ended here, so that a request in progress does not restore one. */
  readonly #ended = new Set<string>();
  readonly #sessions = new Map<string, Session>();
  /** When a config user ended all their sessions. */
  readonly #signedOut = new Map<string, number>();
  /** When a link was last sent, by email address. */
  readonly #mailedAt = new Map<string, number>();

  constructor(ports: AccessPorts) {
    this.#ports = ports;
  }

  async restore(): Promise<void> {
    for (const user of await this.#ports.store.users()) this.#portal.set(user.id, user);
  }

  get isGuarded(): boolean {
    return isGuarded(this.#ports.settings());
  }

  /** A user from the config, or a portal user. */
  user(id: string): User | undefined {
    const staff = this.#ports.settings().users.find((one) => one.id === id);
    if (staff) return staff;
    const portal = this.#portal.get(id);
    return portal && this.mayComeIn(portal) ? portal : undefined;
  }

  /** Returns false for users of a customer that is no longer in the config. */
  mayComeIn({ customer }: User): boolean {
    return customer === undefined || this.#ports.hasCustomer(customer);
  }

  byEmail(address: string): User | undefined {
    const email = address.trim().toLowerCase();
    if (email === '') return undefined;
    const staff = this.#ports.settings().users.find((one) => one.email === email);
    return staff ?? [...this.#portal.values()].find((one) => one.email === email && this.mayComeIn(one));
  }

  /** The user proven to read mail at that address: an invitation alone is no proof. */
  ownerOf(address: string): User | undefined {
    const user = this.byEmail(address);
    return user && (isStaff(user.role) || user.hasMailbox === true) ? user : undefined;
  }

  usersOf(customer: string): User[] {
    return [...this.#portal.values()].filter((one) => one.customer === customer);
  }

  portalUsers(): User[] {
    return [...this.#portal.values()];
  }

  /** Identifies the caller by cookie or token. Using a session extends it. */
  async caller(cookie: string | undefined, authorization: string | undefined): Promise<Caller> {
    if (!this.isGuarded && cookie === undefined) return { is: 'anybody' };
    const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (bearer !== undefined) {
      const found = this.#ports.settings().tokens.find(({ token }) => isEqual(digest(bearer), digest(token)));
      return found ? { is: 'token', name: found.name, scopes: found.scopes } : { is: 'nobody' };
    }
    const found = cookie === undefined ? undefined : await this.#session(digest(cookie));
    const user = found && this.user(found.session.user);
    if (found && user) {
      const { session, renewedMs } = found;
      return { is: 'user', user, session: session.id, ...(renewedMs !== undefined && { renewedMs }) };
    }
    return this.isGuarded ? { is: 'nobody' } : { is: 'anybody' };
  }

  /** Whether a session is still valid; asking does not extend it. */
  async isSignedIn(session: string): Promise<boolean> {
    return (await this.#living(session)) !== undefined;
  }

  async signIn(login: string, password: string, code: string, address: string): Promise<SignIn> {
    const { clock } = this.#ports;
    const now = clock.now();
    const user = this.user(login.trim().toLowerCase()) ?? this.byEmail(login);
    const name = user?.id ?? login.trim().toLowerCase();
    const heldUntil = this.#guard.tryAt(name, address, now);
    if (heldUntil !== undefined) return { is: 'held', untilMs: heldUntil };
    let isRight: boolean;
    try {
      const lane = { network: networkOf(address), isKnown: this.#guard.isKnown(name, address) };
      isRight = await isPassword(password, user?.password ?? NOBODYS_HASH, lane);
    } catch (error) {
      // A full queue means an attack: the attempt counts against the address, but not against the name.
      this.#guard.unseen(name, address);
      if (error instanceof Busy) return { is: 'held', untilMs: now + BUSY_MS };
      throw error;
    }
    if (!user || !isRight) return { is: 'wrong' };
    if (user.totp !== undefined) {
      // Counts as a failed attempt until the code is right: otherwise the code could be guessed without limit.
      if (code.trim() === '') return { is: 'wants-code' };
      const used = user.totpUsed ?? (await this.#usedStep(user.id));
      const step = totpStep(user.totp, code, now, used);
      if (step === undefined) return { is: 'wrong' };
      if (!(await this.#useCode(user, step))) return { is: 'wrong' };
    }
    this.#guard.right(name, address);
    return { is: 'in', user };
  }

  /** Checks the second factor of a user who has signed in through an identity provider. */
  async secondFactor(user: User, code: string, address: string): Promise<SignIn> {
    const now = this.#ports.clock.now();
    const heldUntil = this.#guard.tryAt(user.id, address, now);
    if (heldUntil !== undefined) return { is: 'held', untilMs: heldUntil };
    if (user.totp !== undefined) {
      const used = user.totpUsed ?? (await this.#usedStep(user.id));
      const step = totpStep(user.totp, code, now, used);
      if (step === undefined) return { is: 'wrong' };
      if (!(await this.#useCode(user, step))) return { is: 'wrong' };
    }
    this.#guard.right(user.id, address);
    return { is: 'in', user };
  }

  /** Starts a session and returns its cookie. */
  async begin(user: User): Promise<{ cookie: string; maxAgeMs: number }> {
    const { clock, commit, settings } = this.#ports;
    const cookie = randomBytes(32).toString('base64url');
    const now = clock.now();
    const { sessionMs } = settings();
    const session: Session = {
      id: digest(cookie),
      user: user.id,
      createdAt: now,
      expiresAt: now + sessionMs,
      proof: proofOf(user),
    };
    await commit({ sessions: [session] });
    this.#sessions.set(session.id, session);
    return { cookie, maxAgeMs: sessionMs };
  }

  /** Ends all sessions of a user; the caller starts its own session anew. */
  async endAll(user: User): Promise<void> {
    const now = this.#ports.clock.now();
    for (const [id, session] of this.#sessions) if (session.user === user.id) this.#sessions.delete(id);
    const portal = this.#portal.get(user.id);
    if (portal) return void (await this.#change(user.id, (one) => ({ ...one, signedOutAt: now })));
    this.#signedOut.set(user.id, now);
    await this.#ports.commit({ marks: [{ name: `signed-out/${user.id}`, value: now }] });
  }

  async end(session: string): Promise<void> {
    // A request in progress may still read the session from the store until it has been removed there.
    this.#ended.add(session);
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.values().next().value!);
    this.#sessions.delete(session);
    await this.#ports.commit({ removedSessions: [session] });
  }

  /** The CSRF token that every form of a session carries: pages of other sites do not know it. */
  formToken(session: string): string {
    return hmac('sha256', this.#ports.key(), `form ${session}`, 'hex').slice(0, 32);
  }

  isFormToken(session: string, given: unknown): boolean {
    return typeof given === 'string' && isEqual(given, this.formToken(session));
  }

  /** Adds a portal user, who is then invited to choose a password. Undefined when the address is taken. */
  async addUser(
    given: Pick<User, 'name' | 'email' | 'role' | 'customer'>,
    by: string,
  ): Promise<User | undefined> {
    const email = given.email.trim().toLowerCase();
    const { clock, commit } = this.#ports;
    const there = [...this.#portal.values()].find((one) => one.email === email);
    // An invitation that was never accepted does not block an address forever.
    const hasLapsed =
      there !== undefined &&
      there.password === undefined &&
      there.hasMailbox !== true &&
      (there.createdAt ?? 0) + INVITATION_MS < clock.now();
    if (there && hasLapsed) await this.removeUser(there.id);
    else if (there || this.byEmail(email)) return undefined;
    const user: User = {
      ...given,
      email,
      id: `u-${randomBytes(8).toString('hex')}`,
      createdAt: clock.now(),
      createdBy: by,
    };
    await commit({ users: [user] });
    this.#portal.set(user.id, user);
    return user;
  }

  async removeUser(id: string): Promise<boolean> {
    if (!this.#portal.delete(id)) return false;
    const over = [...this.#sessions.values()].filter(({ user }) => user === id).map((one) => one.id);
    for (const one of over) this.#sessions.delete(one);
    await this.#ports.commit({ removedUsers: [id], removedSessions: over });
    return true;
  }

  /**
   * A portal user who has forgotten the password, with the token of a reset link, valid for an hour. Undefined for
   * everyone else, and for a user who has just asked.
   */
  forgotten(login: string): { user: User; token: string } | undefined {
    const user = this.byEmail(login);
    if (!user || !this.#portal.has(user.id) || !this.mayMail(user)) return undefined;
    return { user, token: this.invitation(user, 'mailed', RESET_MS) };
  }

  /** Returns false when a link was sent to them recently; otherwise records that one is being sent. */
  mayMail({ email }: User): boolean {
    const now = this.#ports.clock.now();
    for (const [address, at] of this.#mailedAt) {
      if (at > now || now - at >= MAIL_GAP_MS) this.#mailedAt.delete(address);
    }
    // Caps how many addresses one user can make us write to by inviting them.
    if (this.#mailedAt.has(email) || this.#mailedAt.size >= MOST_MAILS) return false;
    this.#mailedAt.set(email, now);
    return true;
  }

  /** The mail could not be sent. */
  notMailed({ email }: User): void {
    this.#mailedAt.delete(email);
  }

  /** The token of a link with which a portal user chooses a password; valid once, for a week by default. */
  invitation(user: User, way: 'mailed' | 'shown', lifeMs = INVITATION_MS): string {
    const until = this.#ports.clock.now() + lifeMs;
    const text = `${user.id}.${until}`;
    return `${text}.${this.#signed(`${way} ${text} ${user.password ?? ''}`)}`;
  }

  /** `way`: a mailed link proves that its holder reads mail at that address; a link shown on screen does not. */
  invited(token: string): { user: User; way: 'mailed' | 'shown' } | undefined {
    const [id = '', until = '', signature = ''] = token.split('.');
    const user = this.#portal.get(id);
    if (!user || !this.mayComeIn(user) || !(Number(until) >= this.#ports.clock.now())) return undefined;
    // The signature covers the password being replaced, so the link works once.
    const way = (['mailed', 'shown'] as const).find((one) =>
      isEqual(signature, this.#signed(`${one} ${id}.${until} ${user.password ?? ''}`)),
    );
    return way && { user, way };
  }

  /**
   * Returns false when the password is no longer theirs to set; rejects with Busy while another one is being set for
   * them. Hashing takes a while, so `isStill` is asked again after it.
   */
  async setPassword(
    id: string,
    password: string,
    { way, isStill = () => true }: { way?: 'mailed' | 'shown'; isStill?: () => boolean } = {},
  ): Promise<boolean> {
    if (!this.#portal.has(id)) return false;
    // One at a time per user, queued behind sign-ins: setting many passwords delays nobody.
    const hash = await hashPassword(password, { network: `password of ${id}`, isKnown: false });
    if (!isStill()) return false;
    return this.#change(id, (user) => ({
      ...user,
      password: hash,
      ...(way === 'mailed' && { hasMailbox: true }),
    }));
  }

  /** A trusted identity provider confirms that they read mail at their address. */
  async hasMailbox({ id }: User): Promise<void> {
    if (this.#portal.get(id)?.hasMailbox !== true)
      await this.#change(id, (user) => ({ ...user, hasMailbox: true }));
  }

  /** Signature for a second factor that a user may turn on, by entering one of its codes. */
  factorOffer(session: string, key: string): string {
    return this.#signed(`factor ${session} ${key}`);
  }

  isFactorOffer(session: string, key: string, proof: string): boolean {
    return isEqual(proof, this.factorOffer(session, key));
  }

  /** Returns false when the code is wrong. A correct code cannot be used again. */
  async turnOnTotp(id: string, key: string, code: string): Promise<boolean> {
    const user = this.#portal.get(id);
    const step = totpStep(key, code, this.#ports.clock.now());
    if (!user || step === undefined) return false;
    // Ends all sessions: those elsewhere have not entered a code.
    const now = this.#ports.clock.now();
    return this.#change(id, (one) => ({ ...one, totp: key, totpUsed: step, signedOutAt: now }));
  }

  /** Sets a second factor that has been verified; undefined removes it. */
  async setTotp(id: string, totp: string | undefined): Promise<void> {
    await this.#change(id, ({ totp: _before, totpUsed: _used, ...rest }) =>
      totp === undefined ? rest : { ...rest, totp },
    );
  }

  /** Returns false when the code was used meanwhile: sign-ins with the same code may be checked concurrently. */
  async #useCode({ id, role }: User, step: number): Promise<boolean> {
    if (isStaff(role)) {
      if ((this.#used.get(id) ?? -1) >= step) return false;
      this.#used.set(id, step);
      await this.#ports.commit({ marks: [{ name: `totp-used/${id}`, value: step }] });
      return true;
    }
    if ((this.#portal.get(id)?.totpUsed ?? -1) >= step) return false;
    return this.#change(id, (user) => ({ ...user, totpUsed: step }));
  }

  /** The TOTP step of the last code that a config user has used, including before a restart. */
  async #usedStep(user: string): Promise<number | undefined> {
    const stored = this.#used.get(user) ?? (await this.#ports.store.mark(`totp-used/${user}`));
    return typeof stored === 'number' ? stored : undefined;
  }

  async #signedOutAt(user: User): Promise<number> {
    if (!isStaff(user.role)) return user.signedOutAt ?? -Infinity;
    let at = this.#signedOut.get(user.id);
    if (at === undefined) {
      const stored = await this.#ports.store.mark(`signed-out/${user.id}`);
      at = typeof stored === 'number' ? stored : -Infinity;
      this.#signedOut.set(user.id, at);
    }
    return at;
  }

  /** Changes the user's current record; returns false when they have been removed meanwhile. */
  async #change(id: string, change: (user: User) => User): Promise<boolean> {
    const before = this.#portal.get(id);
    if (!before) return false;
    const user = change(before);
    this.#portal.set(id, user);
    await this.#ports.commit({ users: [user] });
    return true;
  }

  async #living(id: string): Promise<Session | undefined> {
    if (this.#ended.has(id)) return undefined;
    const session = this.#sessions.get(id) ?? (await this.#ports.store.session(id));
    const now = this.#ports.clock.now();
    const user = session && this.user(session.user);
    // A changed password, second factor or role ends earlier sessions.
    const isOver =
      !session ||
      !user ||
      session.proof !== proofOf(user) ||
      session.createdAt < (await this.#signedOutAt(user));
    if (isOver || session.expiresAt <= now || session.createdAt + LONGEST_SESSION_MS <= now) {
      this.#sessions.delete(id);
      return undefined;
    }
    return session;
  }

  async #session(id: string): Promise<{ session: Session; renewedMs?: number } | undefined> {
    const { clock, commit, settings } = this.#ports;
    const session = await this.#living(id);
    if (!session) return undefined;
    const now = clock.now();
    const { sessionMs } = settings();
    const going = { ...session, expiresAt: now + sessionMs };
    // Not every request is worth a write.
    if (going.expiresAt - session.expiresAt > sessionMs / 10) {
      this.#sessions.set(id, going);
      await commit({ sessions: [going] });
      if (!this.#ended.has(id)) return { session: going, renewedMs: sessionMs };
      this.#sessions.delete(id);
      await commit({ removedSessions: [id] });
      return undefined;
    }
    if (this.#ended.has(id)) return undefined;
    this.#sessions.set(id, session);
    return { session };
  }

  #signed(text: string): string {
    return hmac('sha256', this.#ports.key(), text, 'hex').slice(0, 40);
  }
}

const proofOf = ({ password, role, customer }: User): string =>
  digest(`${password ?? ''} ${role} ${customer ?? ''}`).slice(0, 16);

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
