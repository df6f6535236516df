/** The URL that an http module probes: like blackbox_exporter, puts `http://` before a target without a scheme. */
export function httpTarget(target: string): URL | undefined {
  const text = /^https?:\/\//.test(target) ? target : `http://${target}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
