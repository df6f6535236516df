/** What `init` has detected. */
export interface Surroundings {
  /** IANA name. */
  timeZone: string;
  /** Login name of the user who runs `init`. */
  userName: string;
  port: number;
  /** The first target to monitor. */
  first: FirstTarget;
  /** Unix milliseconds. */
  now: number;
  /** Where everything is kept; absent: in the folder that it is started in. */
  store?: string;
}

export type FirstTarget =
  | { is: 'site'; url: string }
  /** The default gateway of this machine. */
  | { is: 'gateway'; address: string }
  /** No gateway was found. */
  | { is: 'this-machine' };

/** The files of a first config, by path below its folder; small, commented, and valid as they are. */
export function initialConfig({
  timeZone,
  userName,
  port,
  first,
  now,
  store,
}: Surroundings): Record<string, string> {
  const id = wordOf(userName);
  const start = new Date(now).toISOString().slice(0, 10);
  return {
    'watchdesk.yaml': `# Who is paged, and how. Targets are in targets/*.yaml. A running monitor picks up changes by itself; if there is a mistake,
# the config that was valid before stays in effect. Check it first: watchdesk validate

server:
  listen: 127.0.0.1:${port}
  # How people reach it, for the links in pages and tickets:
  # public_url: https://watch.example.com
${store === undefined ? '' : `\nstore: ${store}\n`}
timezone: ${timeZone}

people:
  ${id}:
    name: ${JSON.stringify(displayName(userName))}
    sms: '+15550100'   # your number; nothing is sent until you configure a channel

on_call:
  operations-manager:
    timezone: ${timeZone}
    layers:
      - { rotation: [${id}], start: ${start}T09:00, every: 1 week }
    fallback: ${id}

# An urgent incident pages whoever is on call, again every 15 minutes until somebody acknowledges it.
escalation:
  urgent:
    - { page: operations-manager, via: [sms], repeat: 15m }

# Pages are printed to the terminal until you set up a channel: text messages, calls, Slack, Teams, Telegram, ntfy, email.
channels:
  sms: { type: console }

# Tickets go to the built-in desk. Others: Freshdesk, Freshservice, HaloPSA, Jira, Zendesk, ServiceNow, Zammad, GLPI, RT.
helpdesk: { type: desk }

# A target is down after three failed probes in a row, and up again after two good ones.
defaults: { interval: 60s, timeout: 10s, failures: 3, recoveries: 2 }
`,
    'targets/first.yaml': targetFile(first),
  };
}

function targetFile(first: FirstTarget): string {
  switch (first.is) {
    case 'site': {
      const { hostname, protocol } = new URL(first.url);
      const certificate =
        protocol === 'https:'
          ? '\n      # Two weeks of warning before the certificate ends; nobody is woken for that.\n      - { type: tls, expect: { days_left: 14 }, priority: high }'
          : '';
      return `# What is monitored. Add files beside this one, for example one for each customer.
targets:
  - name: ${JSON.stringify(hostname.replace(/[^\p{L}\p{N}.-]/gu, '-'))}
    kind: site
    url: ${JSON.stringify(first.url)}
    checks:
      - { type: http, expect: { status: 200, within: 5s } }${certificate}
`;
    }
    case 'gateway':
      return `# What is monitored. Add files beside this one, for example one for each customer.
targets:
  - name: gateway
    kind: network
    address: ${first.address}   # the router of this network
    checks:
      - { type: ping }

# A site in five lines:
#  - name: shop
#    kind: site
#    url: https://shop.example
#    checks: [{ type: http, expect: { status: 200, within: 5s } }]
`;
    case 'this-machine':
      return `# What is monitored. Add files beside this one, for example one for each customer.
targets:
  - name: this-machine
    kind: server
    address: 127.0.0.1
    checks:
      - { type: ping }
`;
  }
}

/** A name that the config accepts as a person's key. */
function wordOf(name: string): string {
  const word = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40);
  return word === '' ? 'me' : word;
}

const displayName = (name: string): string => {
  const shown =
    name
      .replace(/[^\p{L}\p{N} ._-]/gu, '')
      .trim()
      .slice(0, 60) || 'Me';
  return shown[0]!.toUpperCase() + shown.slice(1);
};

/** The default gateway in Linux' IPv4 routing table (`/proc/net/route`). */
export function gatewayIn(routes: string): string | undefined {
  for (const line of routes.split('\n').slice(1)) {
    const [, destination, gateway] = line.split(/\s+/);
    if (destination !== '00000000' || !/^[0-9A-F]{8}$/i.test(gateway ?? '') || gateway === '00000000')
      continue;
    return [6, 4, 2, 0].map((at) => Number.parseInt(gateway!.slice(at, at + 2), 16)).join('.');
  }
  return undefined;
}
