export interface OneSite {
  port: number;
  /** Lines of YAML for the channel `sms`. */
  sms?: string;
  /** YAML of the checks of the target `shop`. */
  checks: string;
  url?: string;
  more?: string;
  interval?: string;
}

/** A config with one person on call and one target, `shop`. */
export function oneSiteConfig({
  port,
  sms = '{ type: console }',
  checks,
  url,
  more = '',
  interval = '250ms',
}: OneSite) {
  return {
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
  devon: { name: Devon Hall, sms: "+12895550102" }
on_call:
  operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: devon }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
channels: { sms: ${sms} }
defaults: { interval: ${interval}, timeout: 250ms, failures: 2, recoveries: 1 }
${more}`,
    'targets/acme.yaml': `
customer: { name: Acme Ltd, plan: vip }
targets:
  - name: shop
    kind: site
    ${url ? `url: ${url}` : 'address: 127.0.0.1'}
    checks: ${checks}
`,
  };
}
