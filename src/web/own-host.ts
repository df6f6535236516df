import { isIP } from 'node:net';

/**
 * Whether the Host header is one of our own names. Any public name can be pointed here (DNS rebinding), so that a page
 * of another site could read what needs no sign-in. IP addresses, names without a dot, `localhost` and names from the
 * config are safe.
 */
export function isOwnHost(host: string | undefined, urls: readonly string[]): boolean {
  if (host === undefined || host === '' || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  const name = hostname.replace(/\.$/, '');
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0 || !name.includes('.') || name.endsWith('.localhost'))
    return true;
  return urls.some((url) => URL.canParse(url) && new URL(url).hostname === name);
}
