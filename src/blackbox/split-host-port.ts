/** `host:port`, `[2001:db8::1]:port`; undefined when there is no port in it. */
export function splitHostPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[([^\][]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const port = Number(match[3]);
  return port < 65_536 ? { host: match[1] ?? match[2]!, port } : undefined;
}
