import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { isStaff, type Session, type User } from '../core/user.ts';
import { hmac, isEqual } from '../outside/signature.ts';
import type { Change, Store } from '../store/store.ts';
import { isGuarded, type AccessSettings, type TokenScope } from './access-settings.ts';
import { LoginGuard } from './login-guard.ts';
import { Busy, hashPassword, isPassword, NOBODYS_HASH } from './password.ts';
import { totpStep } from './totp.ts';

/** Who calls. */
export type Caller =
  /** Nobody has to sign in. */
  | { is: 'anybody' }
  | { is: 'nobody' }
  | { is: 'user'; user: User; session: string }
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
  store: Pick<Store, 'users' | 'session'>;
  commit(change: Change): Promise<void>;
  /** Of signed invitations and forms; the same over restarts. */
  key(): string;
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
export class Access {
  readonly #ports: AccessPorts;
  readonly #guard = new LoginGuard();
  /** By id. */
  readonly #portal = new Map<string, User>();
  /** The last code of a second factor that somebody of the config has used. */
  readonly #used = new Map<string, number>();
  readonly #sessions = new Map<string, Session>();
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
    return staff ?? this.#portal.get(id);
  }

  byEmail(address: string): User | undefined {
    const email = address.trim().toLowerCase();
    if (email === '') return undefined;
    const staff = this.#ports.settings().users.find((one) => one.email === email);
    return staff ?? [...this.#portal.values()].find((one) => one.email === email);
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
    const session = cookie === undefined ? undefined : await this.#session(digest(cookie));
    const user = session && this.user(session.user);
    if (session && user) return { is: 'user', user, session: session.id };
    return this.isGuarded ? { is: 'nobody' } : { is: 'anybody' };
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
      isRight = await isPassword(password, user?.password ?? NOBODYS_HASH);
    } catch (error) {
      this.#guard.right(name, address);
      if (error instanceof Busy) return { is: 'held', untilMs: now + BUSY_MS };
      throw error;
    }
    if (!user || !isRight) return { is: 'wrong' };
    if (user.totp !== undefined) {
      if (code.trim() === '') {
        this.#guard.right(name, address);
        return { is: 'wants-code' };
      }
      const used = user.totpUsed ?? this.#used.get(user.id);
      const step = totpStep(user.totp, code, now, used);
      if (step === undefined) return { is: 'wrong' };
      await this.#useCode(user, step);
    }
    this.#guard.right(name, address);
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

  async end(session: string): Promise<void> {
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
    if (this.byEmail(email)) return undefined;
    const { clock, commit } = this.#ports;
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
    return { user, token: this.invitation(user, RESET_MS) };
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
  invitation(user: User, lifeMs = INVITATION_MS): string {
    const until = this.#ports.clock.now() + lifeMs;
    const text = `${user.id}.${until}`;
    return `${text}.${this.#signed(`invite ${text} ${user.password ?? ''}`)}`;
  }

  invited(token: string): User | undefined {
    const [id = '', until = '', signature = ''] = token.split('.');
    const user = this.#portal.get(id);
    if (!user || Number(until) < this.#ports.clock.now()) return undefined;
    // It is bound to the password that it replaces, and so good once.
    return isEqual(signature, this.#signed(`invite ${id}.${until} ${user.password ?? ''}`))
      ? user
      : undefined;
  }

  async setPassword(id: string, password: string): Promise<void> {
    const user = this.#portal.get(id);
    if (!user) return;
    await this.#store({ ...user, password: await hashPassword(password) });
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
    await this.#store({ ...user, totp: key, totpUsed: step });
    return true;
  }

  /** A second factor that has been proven; undefined takes it away. */
  async setTotp(id: string, totp: string | undefined): Promise<void> {
    const user = this.#portal.get(id);
    if (!user) return;
    const { totp: _before, totpUsed: _used, ...rest } = user;
    await this.#store(totp === undefined ? rest : { ...rest, totp });
  }

  async #useCode(user: User, step: number): Promise<void> {
    if (isStaff(user.role)) {
      this.#used.set(user.id, step);
      return;
    }
    await this.#store({ ...user, totpUsed: step });
  }

  async #store(user: User): Promise<void> {
    await this.#ports.commit({ users: [user] });
    this.#portal.set(user.id, user);
  }

  async #session(id: string): Promise<Session | undefined> {
    const { clock, store, commit, settings } = this.#ports;
    const session = this.#sessions.get(id) ?? (await store.session(id));
    const now = clock.now();
    const user = session && this.user(session.user);
    // Another password ends what was begun with the old one.
    const isOver = !session || !user || session.proof !== proofOf(user);
    if (isOver || session.expiresAt <= now || session.createdAt + LONGEST_SESSION_MS <= now) {
      this.#sessions.delete(id);
      return undefined;
    }
    const { sessionMs } = settings();
    const going = { ...session, expiresAt: now + sessionMs };
    // Not every look is worth a write.
    if (going.expiresAt - session.expiresAt > sessionMs / 10) {
      await commit({ sessions: [going] });
      this.#sessions.set(id, going);
      return going;
    }
    this.#sessions.set(id, session);
    return session;
  }

  #signed(text: string): string {
    return hmac('sha256', this.#ports.key(), text, 'hex').slice(0, 40);
  }
}

const proofOf = ({ password, role, customer }: User): string =>
  digest(`${password ?? ''} ${role} ${customer ?? ''}`).slice(0, 16);

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
