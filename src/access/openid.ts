import { randomBytes } from 'node:crypto';
import type * as Client from 'openid-client';
import type { User } from '../core/user.ts';
import type { OpenIdSettings } from './access-settings.ts';

const LIFE_MS = 10 * 60_000;
const MOST_OPEN = 1_000;

export type Begun = { is: 'begun'; url: string } | { is: 'failed'; why: string };
export type Ended = { is: 'in'; user: User; next?: string } | { is: 'failed'; why: string };

interface Open {
  verifier: string;
  nonce: string;
  next?: string;
  at: number;
}

export interface OpenIdPorts {
  settings(): OpenIdSettings | undefined;
  publicUrl(): string;
  now(): number;
  byEmail(address: string): User | undefined;
}

/**
 * Sign-in by OpenID Connect: authorization code with PKCE, state and nonce
 * (https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth). Who signs in is known by a verified address.
 */
export class OpenId {
  readonly #ports: OpenIdPorts;
  readonly #open = new Map<string, Open>();
  #made: { of: string; config: Client.Configuration } | undefined;

  constructor(ports: OpenIdPorts) {
    this.#ports = ports;
  }

  async begin(next: string | undefined): Promise<Begun> {
    try {
      const { client, config, settings } = await this.#client();
      const now = this.#ports.now();
      for (const [state, { at }] of this.#open)
        if (now - at > LIFE_MS || this.#open.size > MOST_OPEN) this.#open.delete(state);
      const state = randomBytes(24).toString('base64url');
      const open: Open = {
        verifier: client.randomPKCECodeVerifier(),
        nonce: client.randomNonce(),
        ...(next !== undefined && { next }),
        at: now,
      };
      this.#open.set(state, open);
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: this.#redirect,
        scope: settings.scope,
        code_challenge: await client.calculatePKCECodeChallenge(open.verifier),
        code_challenge_method: 'S256',
        state,
        nonce: open.nonce,
      });
      return { is: 'begun', url: url.href };
    } catch (error) {
      return { is: 'failed', why: `The sign-in service does not answer as it should (${wordOf(error)}).` };
    }
  }

  /** `url`: where the browser came back to, with its query. */
  async end(url: string): Promise<Ended> {
    const came = new URL(url, this.#ports.publicUrl());
    const state = came.searchParams.get('state') ?? '';
    const open = this.#open.get(state);
    this.#open.delete(state);
    if (!open || this.#ports.now() - open.at > LIFE_MS) {
      return { is: 'failed', why: 'This sign-in was not begun here, or took too long. Begin again.' };
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
        return { is: 'failed', why: 'The sign-in service does not vouch for your mail address.' };
      }
      const user = this.#ports.byEmail(told['email']);
      if (!user) return { is: 'failed', why: `Nobody here has the address ${told['email']}. Ask an admin.` };
      return { is: 'in', user, ...(open.next !== undefined && { next: open.next }) };
    } catch (error) {
      return { is: 'failed', why: `The sign-in service did not let you in (${wordOf(error)}).` };
    }
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
      this.#made = { of, config };
    }
    return { client, config: this.#made.config, settings };
  }
}

const wordOf = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'no reason given';
};
