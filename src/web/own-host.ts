import { isIP } from 'node:net';

/**
 * Whether a call asks for a name that is ours. Any public name can be made to point here (DNS rebinding), so that a page
 * of another site could read what nobody has to sign in for. A number, a name without a dot, `localhost` and the names
 * of the config cannot be made to.
 */
export function isOwnHost(host: string | undefined, urls: readonly string[]): boolean {
  if (host === undefined || host === '' || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const name = hostname.replace(/\.$/, '');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || name.endsWith('.localhost'))
    return true;
  return urls.some((url) => URL.canParse(url) && new URL(url).hostname === name);
}
