import { parseCookie, stringifySetCookie } from 'cookie';
import type { Config } from '../config/config.ts';

/** Of the session; the others last from one page of signing in to the next. */
export const SESSION_COOKIE = 'watchdesk';
export const OPENID_COOKIE = 'watchdesk_openid';
export const HALF_COOKIE = 'watchdesk_half';

/** Where each is sent to. */
const PATHS = {
  [SESSION_COOKIE]: '/',
  [OPENID_COOKIE]: '/login/openid',
  [HALF_COOKIE]: '/login/code',
} as const;
export type CookieName = keyof typeof PATHS;

/** What a browser has sent under that name; undefined for nothing. */
export const readCookie = (header: string | undefined, name: CookieName): string | undefined =>
  parseCookie(header ?? '')[name] || undefined;

/** Value of a `set-cookie` header; with 0 seconds to live it is taken back. */
export const cookieHeader = (
  name: CookieName,
  value: string,
  lifeSeconds: number,
  { publicUrl }: Pick<Config, 'publicUrl'>,
): string =>
  stringifySetCookie({
    name,
    value,
    path: PATHS[name],
    httpOnly: true,
    sameSite: 'lax',
    maxAge: Math.max(0, Math.floor(lifeSeconds)),
    secure: publicUrl.startsWith('https:'),
  });
