import { randomBytes } from 'node:crypto';
import type * as Client from 'openid-client';
import type { User } from '../core/user.ts';
import { hmac, isEqual } from '../outside/signature.ts';
import { say } from '../text/say.ts';
import type { OpenIdSettings } from './access-settings.ts';

const LIFE_MS = 10 * 60_000;

/** `cookie`: the browser brings it back, so that no other browser can complete this sign-in. */
export type Begun = { is: 'begun'; url: string; cookie: string } | { is: 'failed'; why: string };
export type Ended = { is: 'in'; user: User; next?: string } | { is: 'failed'; why: string };

interface Open {
  state: string;
  verifier: string;
  nonce: string;
  next?: string;
  at: number;
}

interface Half {
  user: string;
  next?: string;
  at: number;
}

export interface OpenIdPorts {
  settings(): OpenIdSettings | undefined;
  publicUrl(): string;
  now(): number;
  byEmail(address: string): User | undefined;
  /** Signs what the browser keeps in the meantime. */
  key(): string;
}

/**
 * Sign-in by OpenID Connect: authorization code with PKCE, state and nonce
 * (https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth). Users are identified by a verified address.
 */
export class OpenId {
  readonly #ports: OpenIdPorts;
  readonly #used = new Map<string, number>();
  #made: { of: string; config: Client.Configuration } | undefined;

  constructor(ports: OpenIdPorts) {
    this.#ports = ports;
  }

  async begin(next: string | undefined): Promise<Begun> {
    try {
      const { client, config, settings } = await this.#client();
      const now = this.#ports.now();
      const state = randomBytes(24).toString('base64url');
      const open: Open = {
        state,
        verifier: client.randomPKCECodeVerifier(),
        nonce: client.randomNonce(),
        ...(next !== undefined && { next }),
        at: now,
      };
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: this.#redirect,
        scope: settings.scope,
        code_challenge: await client.calculatePKCECodeChallenge(open.verifier),
        code_challenge_method: 'S256',
        state,
        nonce: open.nonce,
      });
      return { is: 'begun', url: url.href, cookie: this.#sealed(open) };
    } catch (error) {
      return { is: 'failed', why: say('sign-in.service-faulty', { reason: wordOf(error) }) };
    }
  }

  /** `url`: the callback URL with its query. */
  async end(url: string, cookie: string | undefined): Promise<Ended> {
    const came = new URL(this.#ports.publicUrl() + url);
    const state = came.searchParams.get('state') ?? '';
    const open = this.#unsealed(cookie);
    if (!open || open.state !== state || this.#isUsed(open) || this.#ports.now() - open.at > LIFE_MS) {
      return { is: 'failed', why: say('sign-in.expired') };
    }
    try {
      const { client, config } = await this.#client();
      const tokens = await client.authorizationCodeGrant(config, came, {
        pkceCodeVerifier: open.verifier,
        expectedState: state,
        expectedNonce: open.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      const told =
        claims['email'] === undefined
          ? await client.fetchUserInfo(config, tokens.access_token, claims.sub)
          : claims;
      if (typeof told['email'] !== 'string' || told['email_verified'] !== true) {
        return { is: 'failed', why: say('sign-in.address-not-verified') };
      }
      const user = this.#ports.byEmail(told['email']);
      if (!user) return { is: 'failed', why: say('sign-in.address-unknown', { email: told['email'] }) };
      return { is: 'in', user, ...(open.next !== undefined && { next: open.next }) };
    } catch (error) {
      return { is: 'failed', why: say('sign-in.service-refused', { reason: wordOf(error) }) };
    }
  }

  /** What the browser keeps between the provider's answer and the code of the second factor. */
  sealedHalf(user: string, next: string | undefined): string {
    const text = Buffer.from(JSON.stringify({ user, next, at: this.#ports.now() })).toString('base64url');
    return `${text}.${hmac('sha256', this.#ports.key(), `openid half ${text}`, 'hex')}`;
  }

  half(cookie = ''): { user: string; next?: string } | undefined {
    const [text = '', signature = ''] = cookie.split('.');
    if (!isEqual(signature, hmac('sha256', this.#ports.key(), `openid half ${text}`, 'hex')))
      return undefined;
    const { user, next, at } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Half;
    return this.#ports.now() - at > LIFE_MS ? undefined : { user, ...(next !== undefined && { next }) };
  }

  /** Every state is valid for one callback. */
  #isUsed({ state, at }: Open): boolean {
    const now = this.#ports.now();
    for (const [known, since] of this.#used) if (now - since > LIFE_MS) this.#used.delete(known);
    if (this.#used.has(state)) return true;
    this.#used.set(state, at);
    return false;
  }

  #sealed(open: Open): string {
    const text = Buffer.from(JSON.stringify(open)).toString('base64url');
    return `${text}.${hmac('sha256', this.#ports.key(), `openid ${text}`, 'hex')}`;
  }

  #unsealed(cookie = ''): Open | undefined {
    const [text = '', signature = ''] = cookie.split('.');
    if (!isEqual(signature, hmac('sha256', this.#ports.key(), `openid ${text}`, 'hex'))) return undefined;
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Open;
  }

  get #redirect(): string {
    return `${this.#ports.publicUrl()}/login/openid/back`;
  }

  async #client() {
    const settings = this.#ports.settings();
    if (!settings) throw new Error('there is none');
    const client = await import('openid-client');
    const of = JSON.stringify(settings);
    if (this.#made?.of !== of) {
      const { issuer, clientId, clientSecret, isInsecure } = settings;
      const config = await client.discovery(new URL(issuer), clientId, clientSecret, undefined, {
        ...(isInsecure && { execute: [client.allowInsecureRequests] }),
        timeout: 10,
      });
      // Also checks the token's own signature: otherwise only TLS proves its origin, and `insecure` has no TLS
      // (https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, 6).
      client.enableNonRepudiationChecks(config);
      this.#made = { of, config };
    }
    return { client, config: this.#made.config, settings };
  }
}

const wordOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? say('sign-in.no-reason');
};
