import { parseCookie, stringifySetCookie } from 'cookie';
import type { Config } from '../config/config.ts';

/** The session cookie; the others last from one sign-in page to the next. */
export const SESSION_COOKIE = 'watchdesk';
export const OPENID_COOKIE = 'watchdesk_openid';
export const HALF_COOKIE = 'watchdesk_half';

/** The path to which browsers send each cookie. */
const PATHS = {
  [SESSION_COOKIE]: '/',
  [OPENID_COOKIE]: '/login/openid',
  [HALF_COOKIE]: '/login/code',
} as const;
export type CookieName = keyof typeof PATHS;

/** The value of that cookie; undefined when it is missing or empty. */
export const readCookie = (header: string | undefined, name: CookieName): string | undefined =>
  parseCookie(header ?? '')[name] || undefined;

/** The value of a `set-cookie` header; a lifetime of 0 seconds deletes the cookie. */
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
