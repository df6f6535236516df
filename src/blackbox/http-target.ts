/** The URL that an http module asks for a target: as blackbox_exporter reads it, `http://` goes before what has none. */
export function httpTarget(target: string): URL | undefined {
  const text = /^https?:\/\//.test(target) ? target : `http://${target}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
