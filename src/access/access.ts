// One file although it is long: who may come in is decided in one place, so that it can be reviewed in one.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { isStaff, type Session, type User } from '../core/user.ts';
import { hmac, isEqual } from '../outside/signature.ts';
import type { Change, Store } from '../store/store.ts';
import { isGuarded, type AccessSettings, type TokenScope } from './access-settings.ts';
import { LoginGuard, networkOf } from './login-guard.ts';
import { Busy, hashPassword, isPassword, NOBODYS_HASH } from './password.ts';
import { totpStep } from './totp.ts';

/** Who calls. */
export type Caller =
  /** Nobody has to sign in. */
  | { is: 'anybody' }
  | { is: 'nobody' }
  /** `renewedMs`: the session was used and lasts so much longer, which its cookie has to learn. */
  | { is: 'user'; user: User; session: string; renewedMs?: number }
  | { is: 'token'; name: string; scopes: readonly TokenScope[] };

export type SignIn =
  | { is: 'in'; user: User }
  /** Name and password are right, the second factor is missing. */
  | { is: 'wants-code' }
  | { is: 'wrong' }
  | { is: 'held'; untilMs: number };

export interface AccessPorts {
  clock: Clock;
  settings(): AccessSettings;
  store: Pick<Store, 'users' | 'session' | 'mark'>;
  commit(change: Change): Promise<void>;
  /** Of signed invitations and forms; the same over restarts. */
  key(): string;
  /** Whether the config has a customer of that name: users of others cannot come in. */
  hasCustomer(name: string): boolean;
}

const INVITATION_MS = 7 * 86_400_000;
const RESET_MS = 3_600_000;
/** Whoever types somebody else's address again and again makes us write to them once in so long. */
const MAIL_GAP_MS = 10 * 60_000;
/** Links that go out within that time. */
const MOST_MAILS = 50;
const BUSY_MS = 5_000;
/** However much it is used. */
const LONGEST_SESSION_MS = 30 * 86_400_000;

/** Who may come in: staff of the config, users of customers, programs with a token. */
/** More have long been forgotten by the store, too. */
const MOST_ENDED = 10_000;

export class Access {
  readonly #ports: AccessPorts;
  readonly #guard = new LoginGuard();
  /** By id. */
  readonly #portal = new Map<string, User>();
  /** The last code of a second factor that somebody of the config has used. */
  readonly #used = new Map<string, number>();
  /** Sessions that were ended here, so that nothing under way brings one back. */
  readonly #ended = new Set<string>();
  readonly #sessions = new Map<string, Session>();
  /** When somebody of the config ended all their sessions. */
  readonly #signedOut = new Map<string, number>();
  /** By mail address, when a link went there. */
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

  /** Of the config, and of customers. */
  user(id: string): User | undefined {
    const staff = this.#ports.settings().users.find((one) => one.id === id);
    if (staff) return staff;
    const portal = this.#portal.get(id);
    return portal && this.mayComeIn(portal) ? portal : undefined;
  }

  /** False for users of a customer that has left the config. */
  mayComeIn({ customer }: User): boolean {
    return customer === undefined || this.#ports.hasCustomer(customer);
  }

  byEmail(address: string): User | undefined {
    const email = address.trim().toLowerCase();
    if (email === '') return undefined;
    const staff = this.#ports.settings().users.find((one) => one.email === email);
    return staff ?? [...this.#portal.values()].find((one) => one.email === email && this.mayComeIn(one));
  }

  /** Who is known to read mail at that address: nobody owns one by being invited to it. */
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

  /** A call by its cookie or token. A session that is used goes on. */
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

  /** Whether a session still lasts; asking does not prolong it. */
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
      // A full queue is what an attack makes: such an attempt counts against its address, but not against the name.
      this.#guard.unseen(name, address);
      if (error instanceof Busy) return { is: 'held', untilMs: now + BUSY_MS };
      throw error;
    }
    if (!user || !isRight) return { is: 'wrong' };
    if (user.totp !== undefined) {
      // It counts as an attempt until the code was right: else the code could be guessed without end.
      if (code.trim() === '') return { is: 'wants-code' };
      const used = user.totpUsed ?? (await this.#usedStep(user.id));
      const step = totpStep(user.totp, code, now, used);
      if (step === undefined) return { is: 'wrong' };
      if (!(await this.#useCode(user, step))) return { is: 'wrong' };
    }
    this.#guard.right(name, address);
    return { is: 'in', user };
  }

  /** The second factor of somebody whom another sign-in has vouched for. */
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

  /** What the cookie holds from now on. */
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

  /** Ends all sessions of somebody; the one that asks is begun anew by its caller. */
  async endAll(user: User): Promise<void> {
    const now = this.#ports.clock.now();
    for (const [id, session] of this.#sessions) if (session.user === user.id) this.#sessions.delete(id);
    const portal = this.#portal.get(user.id);
    if (portal) return void (await this.#change(user.id, (one) => ({ ...one, signedOutAt: now })));
    this.#signedOut.set(user.id, now);
    await this.#ports.commit({ marks: [{ name: `signed-out/${user.id}`, value: now }] });
  }

  async end(session: string): Promise<void> {
    // A request of it that is under way reads it from the store until that has forgotten it.
    this.#ended.add(session);
    if (this.#ended.size > MOST_ENDED) this.#ended.delete(this.#ended.values().next().value!);
    this.#sessions.delete(session);
    await this.#ports.commit({ removedSessions: [session] });
  }

  /** What every form of a session carries: a page of somebody else does not know it. */
  formToken(session: string): string {
    return hmac('sha256', this.#ports.key(), `form ${session}`, 'hex').slice(0, 32);
  }

  isFormToken(session: string, given: unknown): boolean {
    return typeof given === 'string' && isEqual(given, this.formToken(session));
  }

  /** A user of a customer, who is invited to choose a password. Undefined when the address is taken. */
  async addUser(
    given: Pick<User, 'name' | 'email' | 'role' | 'customer'>,
    by: string,
  ): Promise<User | undefined> {
    const email = given.email.trim().toLowerCase();
    const { clock, commit } = this.#ports;
    const there = [...this.#portal.values()].find((one) => one.email === email);
    // An invitation that was never taken up keeps nobody from their own address for ever.
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
   * A portal user who has forgotten the password, and the token of a link to choose another, good for an hour. Undefined
   * for everybody else, and for whoever has asked a moment ago.
   */
  forgotten(login: string): { user: User; token: string } | undefined {
    const user = this.byEmail(login);
    if (!user || !this.#portal.has(user.id) || !this.mayMail(user)) return undefined;
    return { user, token: this.invitation(user, 'mailed', RESET_MS) };
  }

  /** False when a link went to them a moment ago; else that counts as one. */
  mayMail({ email }: User): boolean {
    const now = this.#ports.clock.now();
    for (const [address, at] of this.#mailedAt) {
      if (at > now || now - at >= MAIL_GAP_MS) this.#mailedAt.delete(address);
    }
    // Whoever invites one address after the other sends no more than that in our name.
    if (this.#mailedAt.has(email) || this.#mailedAt.size >= MOST_MAILS) return false;
    this.#mailedAt.set(email, now);
    return true;
  }

  /** It did not go out. */
  notMailed({ email }: User): void {
    this.#mailedAt.delete(email);
  }

  /** The token of a link with which a portal user chooses a password, once and within a week. */
  invitation(user: User, way: 'mailed' | 'shown', lifeMs = INVITATION_MS): string {
    const until = this.#ports.clock.now() + lifeMs;
    const text = `${user.id}.${until}`;
    return `${text}.${this.#signed(`${way} ${text} ${user.password ?? ''}`)}`;
  }

  /** `way`: a link that was mailed proves that its holder reads mail at that address; one that was shown does not. */
  invited(token: string): { user: User; way: 'mailed' | 'shown' } | undefined {
    const [id = '', until = '', signature = ''] = token.split('.');
    const user = this.#portal.get(id);
    if (!user || !this.mayComeIn(user) || !(Number(until) >= this.#ports.clock.now())) return undefined;
    // It is bound to the password that it replaces, and so good once.
    const way = (['mailed', 'shown'] as const).find((one) =>
      isEqual(signature, this.#signed(`${one} ${id}.${until} ${user.password ?? ''}`)),
    );
    return way && { user, way };
  }

  /**
   * False when it is no longer theirs to set; rejects with Busy while another one is being set. `isStill`: asked again
   * when it has been worked out, for that takes a while.
   */
  async setPassword(
    id: string,
    password: string,
    { way, isStill = () => true }: { way?: 'mailed' | 'shown'; isStill?: () => boolean } = {},
  ): Promise<boolean> {
    if (!this.#portal.has(id)) return false;
    // One at a time for each of them, behind those who sign in: whoever sets many keeps nobody waiting.
    const hash = await hashPassword(password, { network: `password of ${id}`, isKnown: false });
    if (!isStill()) return false;
    return this.#change(id, (user) => ({
      ...user,
      password: hash,
      ...(way === 'mailed' && { hasMailbox: true }),
    }));
  }

  /** A provider that we trust says that they read mail at their address. */
  async hasMailbox({ id }: User): Promise<void> {
    if (this.#portal.get(id)?.hasMailbox !== true)
      await this.#change(id, (user) => ({ ...user, hasMailbox: true }));
  }

  /** A second factor that somebody may turn on, by showing a code of it. */
  factorOffer(session: string, key: string): string {
    return this.#signed(`factor ${session} ${key}`);
  }

  isFactorOffer(session: string, key: string, proof: string): boolean {
    return isEqual(proof, this.factorOffer(session, key));
  }

  /** False when the code does not fit. The code is used up by that. */
  async turnOnTotp(id: string, key: string, code: string): Promise<boolean> {
    const user = this.#portal.get(id);
    const step = totpStep(key, code, this.#ports.clock.now());
    if (!user || step === undefined) return false;
    // Whoever is signed in elsewhere has not shown a code.
    const now = this.#ports.clock.now();
    return this.#change(id, (one) => ({ ...one, totp: key, totpUsed: step, signedOutAt: now }));
  }

  /** A second factor that has been proven; undefined takes it away. */
  async setTotp(id: string, totp: string | undefined): Promise<void> {
    await this.#change(id, ({ totp: _before, totpUsed: _used, ...rest }) =>
      totp === undefined ? rest : { ...rest, totp },
    );
  }

  /** False when it has been used meanwhile: two with the same code may be looked at side by side. */
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

  /** The last code that somebody of the config has used, before a restart, too. */
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

  /** Changes somebody as they are at this moment; false when they have been removed meanwhile. */
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
    // Another password, a new second factor and another role end what was begun before.
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
    // Not every look is worth a write.
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
