import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { probeTimeoutMs } from '../../src/blackbox/blackbox-probe.ts';
import { freePort } from '../support/free-port.ts';
import { listenHttp, listenTcp, listenTls } from '../support/listeners.ts';
import { oneSiteConfig } from '../support/one-site-config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { watchdesk, WatchdeskProcess } from '../support/watchdesk-process.ts';
import { samplesOf, type Samples } from './samples.ts';
import { startStand, type Stand } from './stand.ts';

const BLACKBOX = '/usr/bin/prometheus-blackbox-exporter';
const isHere = existsSync(BLACKBOX);
if (!isHere)
  console.log(
    'Skipped: /probe beside blackbox_exporter; to compare install it (apt-get install prometheus-blackbox-exporter).',
  );

const http = (settings: object, timeout?: string) => ({
  prober: 'http',
  ...(timeout && { timeout }),
  http: { preferred_ip_protocol: 'ip4', ...settings },
});

const modulesFor = (ca: string) => {
  const tls_config = { ca_file: ca };
  return {
    plain: http({}),
    ipv6: { prober: 'http' },
    ipv6only: { prober: 'http', http: { preferred_ip_protocol: 'ip6', ip_protocol_fallback: false } },
    trusted: http({ tls_config }),
    trusted_h1: http({ tls_config, enable_http2: false }),
    lenient: http({ tls_config: { insecure_skip_verify: true } }),
    h2_only: http({ tls_config, valid_http_versions: ['HTTP/2.0'] }),
    h1_only: http({ tls_config, valid_http_versions: ['HTTP/1.1'] }),
    want_500: http({ valid_status_codes: [500] }),
    want_302: http({ valid_status_codes: [302], follow_redirects: false }),
    no_follow: http({ follow_redirects: false, fail_if_body_not_matches_regexp: ['well'] }),
    body_well: http({ fail_if_body_not_matches_regexp: ['all is w[e]ll'] }),
    body_not_well: http({ fail_if_body_matches_regexp: ['well'] }),
    header_plain: http({ fail_if_header_not_matches: [{ header: 'X-Flavour', regexp: '^plain$' }] }),
    header_not_plain: http({ fail_if_header_matches: [{ header: 'X-Flavour', regexp: 'pl' }] }),
    header_missing: http({ fail_if_header_matches: [{ header: 'X-None', regexp: '.' }] }),
    header_may_miss: http({
      fail_if_header_matches: [{ header: 'X-None', regexp: '.', allow_missing: true }],
    }),
    want_tls: http({ fail_if_not_ssl: true }),
    no_tls: http({ fail_if_ssl: true, tls_config }),
    post: http({ method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } }),
    basic: http({ basic_auth: { username: 'maria', password: 'open sesame' } }),
    bearing: http({ headers: { Authorization: `Bearer ${'very-long-token-'.repeat(12)}` } }),
    unzipped: http({ compression: 'gzip', fail_if_body_not_matches_regexp: ['well'] }),
    undeflated: http({ compression: 'deflate', fail_if_body_not_matches_regexp: ['well'] }),
    unbr: http({ compression: 'br', fail_if_body_not_matches_regexp: ['well'] }),
    small: http({ body_size_limit: '5B' }),
    roomy: http({ body_size_limit: '1MB' }),
    named: http({
      headers: { Host: 'shop.example' },
      fail_if_body_not_matches_regexp: ['you asked shop.example$'],
    }),
    hasty: http({}, '300ms'),
    tcp_connect: { prober: 'tcp', timeout: '1s' },
    tcp_tls: { prober: 'tcp', timeout: '1s', tcp: { tls: true, tls_config } },
    tcp_tls_lenient: {
      prober: 'tcp',
      timeout: '1s',
      tcp: { tls: true, tls_config: { insecure_skip_verify: true } },
    },
    ssh_banner: {
      prober: 'tcp',
      timeout: '1s',
      tcp: { query_response: [{ expect: '^SSH-2.0-' }, { send: 'SSH-2.0-blackbox-ssh-check' }] },
    },
    ftp_banner: { prober: 'tcp', timeout: '500ms', tcp: { query_response: [{ expect: '^220' }] } },
    smtp_starttls: {
      prober: 'tcp',
      timeout: '2s',
      tcp: {
        query_response: [
          { expect: '^220 ([^ ]+) ESMTP' },
          { send: 'EHLO prober\r' },
          { expect: '^250-(.*)', send: '' },
          { expect: '^250 STARTTLS' },
          { send: 'STARTTLS\r' },
          { expect: '^220' },
          { starttls: true },
          { send: 'EHLO prober\r' },
          { expect: '^250 hello' },
        ],
        tls_config: { ...tls_config, server_name: 'localhost' },
      },
    },
    grpc_plain: grpc({}),
    grpc_orders: grpc({ service: 'shop.Orders' }),
    grpc_stock: grpc({ service: 'shop.Stock' }),
    grpc_nothing: grpc({ service: 'shop.Nothing' }),
    grpc_tls: grpc({ tls: true, tls_config }),
    grpc_tls_lenient: grpc({ tls: true, tls_config: { insecure_skip_verify: true } }),
    grpc_untrusted: grpc({ tls: true }),
    icmp: { prober: 'icmp', timeout: '1s', icmp: { preferred_ip_protocol: 'ip4' } },
    icmp_small: {
      prober: 'icmp',
      timeout: '1s',
      icmp: { preferred_ip_protocol: 'ip4', ttl: 5, payload_size: 64, dont_fragment: true },
    },
    dns_a: dns({ query_type: 'A' }),
    dns_tcp: dns({ query_type: 'A', transport_protocol: 'tcp' }),
    dns_soa: dns({ query_type: 'SOA' }),
    dns_none: dns({ query_type: 'A', query_name: 'nowhere.test' }),
    dns_nxdomain: dns({ query_type: 'A', query_name: 'nowhere.test', valid_rcodes: ['NXDOMAIN'] }),
    dns_seven: dns({
      query_type: 'A',
      validate_answer_rrs: {
        fail_if_none_matches_regexp: ['^shop\\.test\\.\\t300\\tIN\\tA\\t192\\.0\\.2\\.7$'],
      },
    }),
    dns_not_seven: dns({ query_type: 'A', validate_answer_rrs: { fail_if_matches_regexp: ['192.0.2.7'] } }),
    dns_all: dns({ query_type: 'A', validate_answer_rrs: { fail_if_not_matches_regexp: ['192.0.2.*'] } }),
    dns_only: dns({ query_type: 'A', validate_answer_rrs: { fail_if_not_matches_regexp: ['192.0.2.7'] } }),
    dns_all_match: dns({ query_type: 'A', validate_answer_rrs: { fail_if_all_match_regexp: ['192.0.2'] } }),
    dns_text: dns({
      query_type: 'TXT',
      validate_answer_rrs: { fail_if_not_matches_regexp: ['TXT\t"hi \\\\"yo\\\\"" "two"$'] },
    }),
    dns_mail: dns({
      query_type: 'MX',
      validate_answer_rrs: { fail_if_not_matches_regexp: ['MX\t10 mail.shop.test\\.$'] },
    }),
    dns_authority: dns({
      query_type: 'A',
      validate_authority_rrs: { fail_if_not_matches_regexp: ['NS\tns.shop.test\\.'] },
    }),
    dns_additional: dns({ query_type: 'A', validate_additional_rrs: { fail_if_not_matches_regexp: ['.'] } }),
  };
};

function grpc(settings: object) {
  return { prober: 'grpc', timeout: '2s', grpc: { preferred_ip_protocol: 'ip4', ...settings } };
}

function dns(settings: object) {
  return {
    prober: 'dns',
    timeout: '1s',
    dns: { query_name: 'shop.test', preferred_ip_protocol: 'ip4', ...settings },
  };
}

/** Module, target, and what stands beside them in the query. */
const cases = (stand: Stand): [module: string, target: string, more?: string][] => {
  const { http, https, http2, expired, ssh, smtp, silent, closed, dns } = stand;
  const { grpc, grpcTls, grpcLess } = stand;
  const port = new URL(http).port;
  return [
    ['plain', `${http}/ok`],
    ['plain', `${http.slice(7)}/ok`],
    ['plain', `http://localhost:${port}/ok`],
    ['ipv6', `${http}/ok`],
    ['ipv6only', `${http}/ok`],
    ['ipv6only', `http://[::1]:${port}/ok`],
    ['plain', `${http}/chunked`],
    ['plain', `${http}/500`],
    ['plain', `${http}/204`],
    ['plain', `${http}/404`],
    ['plain', `${http}/relative`],
    ['plain', `${http}/absolute`],
    ['plain', `${http}/loop`],
    ['plain', `${http}/login`],
    ['plain', `http://${closed}/`],
    ['plain', 'http://no-such-host.invalid/'],
    ['want_500', `${http}/500`],
    ['want_302', `${http}/relative`],
    ['no_follow', `${http}/relative`],
    ['body_well', `${http}/ok`],
    ['body_well', `${http}/chunked`],
    ['body_not_well', `${http}/ok`],
    ['body_not_well', `${http}/500`],
    ['header_plain', `${http}/ok`],
    ['header_plain', `${http}/chunked`],
    ['header_not_plain', `${http}/ok`],
    ['header_missing', `${http}/ok`],
    ['header_may_miss', `${http}/ok`],
    ['want_tls', `${http}/ok`],
    ['no_tls', `${https}/ok`],
    ['post', `${http}/post`],
    ['plain', `${http}/post`],
    ['basic', `${http}/secret`],
    ['plain', `${http}/secret`],
    ['plain', `http://maria:open%20sesame@${http.slice(7)}/secret`],
    ['unzipped', `${http}/gzip`],
    ['unzipped', `${http}/ok`],
    ['plain', `${http}/gzip`],
    ['undeflated', `${http}/deflate`],
    ['unbr', `${http}/br`],
    ['small', `${http}/ok`],
    ['roomy', `${http}/ok`],
    ['named', `${http}/host`],
    ['plain', `${http}/host`, '&hostname=shop.example'],
    ['hasty', `${http}/never`],
    ['hasty', `http://${silent}/`],
    ['trusted', `${https}/ok`],
    ['trusted', https.replace('127.0.0.1', 'localhost')],
    ['trusted_h1', `${http2}/ok`],
    ['trusted', `${http2}/ok`],
    ['trusted', `${http2}/relative`],
    ['trusted', `${http2}/500`],
    ['h2_only', `${http2}/ok`],
    ['h2_only', `${https}/ok`],
    ['h1_only', `${http2}/ok`],
    ['plain', `${https}/ok`],
    ['lenient', `${https}/ok`],
    ['lenient', `${expired}/ok`],
    ['trusted', `${expired}/ok`],
    ['trusted', `${https}/ok`, '&hostname=other.test'],
    ['trusted', `${https}/ok`, '&hostname=wrong.test'],
    ['tcp_connect', ssh],
    ['tcp_connect', closed],
    ['tcp_connect', '127.0.0.1'],
    ['tcp_connect', 'no-such-host.invalid:80'],
    ['tcp_tls', https.slice(8)],
    ['tcp_tls', expired.slice(8)],
    ['tcp_tls_lenient', expired.slice(8)],
    ['tcp_tls', ssh],
    ['ssh_banner', ssh],
    ['ssh_banner', silent],
    ['ftp_banner', ssh],
    ['smtp_starttls', smtp],
    ['grpc_plain', grpc],
    ['grpc_plain', `http://${grpc}`],
    ['grpc_plain', grpc.replace('127.0.0.1', 'localhost')],
    ['grpc_orders', grpc],
    ['grpc_stock', grpc],
    ['grpc_nothing', grpc],
    ['grpc_plain', grpcLess],
    ['grpc_plain', closed],
    ['grpc_plain', 'no-such-host.invalid:50051'],
    ['grpc_tls', grpcTls],
    ['grpc_tls_lenient', grpcTls],
    ['grpc_stock', grpcTls],
    ['grpc_untrusted', grpcTls],
    ['grpc_plain', http.slice(7)],
    ['icmp', '127.0.0.1'],
    ['icmp', 'localhost'],
    ['icmp', '127.0.0.1:80'],
    ['icmp_small', '127.0.0.1'],
    ...(
      ['dns_a', 'dns_tcp', 'dns_soa', 'dns_none', 'dns_nxdomain', 'dns_seven', 'dns_not_seven'] as const
    ).map((module): [string, string] => [module, dns]),
    ...(
      [
        'dns_all',
        'dns_only',
        'dns_all_match',
        'dns_text',
        'dns_mail',
        'dns_authority',
        'dns_additional',
      ] as const
    ).map((module): [string, string] => [module, dns]),
    ['dns_a', closed],
    ['dns_tcp', closed],
    ['dns_a', silent],
  ];
};

/** What differs between two runs of the same program. */
const TIMES = /_duration_seconds|probe_dns_lookup_time_seconds/;
/** The system tells the time to live of a reply only on a raw socket. */
const OPTIONAL = /^probe_icmp_reply_hop_limit/;

/** Times as whether there are any, where that means something. */
function comparable(samples: Samples): Record<string, number | string> {
  return Object.fromEntries(
    [...samples]
      .filter(([series]) => !OPTIONAL.test(series))
      .map(([series, value]) => {
        if (!TIMES.test(series)) return [series, value];
        return [
          series,
          /phase="(connect|tls|processing|rtt)"/.test(series) && !series.includes('dns')
            ? value > 0
            : 'a time',
        ];
      }),
  ) as Record<string, number | string>;
}

async function startBlackbox(config: string): Promise<string> {
  const port = await freePort();
  const child = spawn(BLACKBOX, [`--config.file=${config}`, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  await until('blackbox_exporter', async () => (await fetch(`${url}/-/healthy`)).ok);
  return url;
}

async function startBoth() {
  const stand = await startStand();
  const port = await freePort();
  const folder = await temporaryFolder({
    ...oneSiteConfig({
      port,
      checks: '[{ type: http }]',
      url: stand.http,
      interval: '60s',
      more: 'probe: { modules: blackbox.yml }',
    }),
    'authority.pem': stand.authority,
  });
  const modules = join(folder, 'blackbox.yml');
  await writeFile(modules, stringify({ modules: modulesFor(join(folder, 'authority.pem')) }));
  const monitor = new WatchdeskProcess(folder, port);
  const [blackbox] = await Promise.all([isHere ? startBlackbox(modules) : undefined, monitor.start()]);
  return { stand, monitor, blackbox, folder };
}

test.skipIf(!isHere)(
  '/probe tells what blackbox_exporter tells, of the same targets by the same modules',
  async () => {
    const { stand, monitor, blackbox } = await startBoth();
    const ask = async (base: string, query: string) => {
      const answer = await fetch(`${base}/probe?${query}`, {
        headers: { 'x-prometheus-scrape-timeout-seconds': '5' },
      });
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      return comparable(samplesOf(await answer.text()));
    };
    const differing: unknown[] = [];
    const asked = cases(stand);
    for (const [module, target, more = ''] of asked) {
      const query = `module=${module}&target=${encodeURIComponent(target)}${more}`;
      const [theirs, ours] = await Promise.all([ask(blackbox!, query), ask(monitor.url, query)]);
      try {
        expect(ours).toEqual(theirs);
      } catch {
        const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
        const all = [...names].filter((name) => ours[name] !== theirs[name]);
        differing.push({
          module,
          target,
          differ: all.map((name) => [name, 'theirs', theirs[name], 'ours', ours[name]]),
        });
      }
    }
    expect(differing).toEqual([]);
    expect(asked.length).toBeGreaterThan(80);
  },
);

test.skipIf(!isHere)('what it refuses it refuses as blackbox_exporter does', async () => {
  const { stand, monitor, blackbox } = await startBoth();
  const target = encodeURIComponent(`${stand.http}/ok`);
  const ask = async (base: string, query: string, timeout?: string) => {
    const headers = timeout === undefined ? {} : { 'x-prometheus-scrape-timeout-seconds': timeout };
    const answer = await fetch(`${base}/probe?${query}`, { headers });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  for (const query of ['module=nope', `module=nope&target=${target}`, 'module=plain', `target=${target}`]) {
    expect(await ask(monitor.url, query), query).toEqual(await ask(blackbox!, query));
  }
  const conflict = `module=named&target=${target}&hostname=other.example`;
  expect(await ask(monitor.url, conflict)).toEqual(await ask(blackbox!, conflict));
  const [ours, theirs] = await Promise.all(
    [monitor.url, blackbox!].map((base) => ask(base, `module=plain&target=${target}`, 'soon')),
  );
  expect([ours!.status, ours!.text.slice(0, 48)]).toEqual([theirs!.status, theirs!.text.slice(0, 48)]);
});

test('Prometheus has the last word on the time, less half a second, and a module may be stricter', () => {
  expect([
    probeTimeoutMs(undefined, undefined),
    probeTimeoutMs(0, undefined),
    probeTimeoutMs(10, undefined),
    probeTimeoutMs(0.5, undefined),
    probeTimeoutMs(0.3, undefined),
    probeTimeoutMs(10, 1_000),
    probeTimeoutMs(1, 1_000),
    probeTimeoutMs(0.3, 1_000),
    probeTimeoutMs(10, -5_000),
  ]).toEqual([119_500, 119_500, 9_500, 0, 0, 1_000, 500, 1_000, 9_500]);
});

test('the debug view tells what was done, the metrics and the module, and no secret', async () => {
  const { stand, monitor } = await startBoth();
  const target = encodeURIComponent(`${stand.http}/secret`);
  const answer = await fetch(`${monitor.url}/probe?module=basic&debug=true&target=${target}`);
  const text = await answer.text();
  expect([answer.status, text]).toEqual([
    200,
    expect.stringMatching(
      /^Logs for the probe:\n.*connected to 127\.0\.0\.1.*status 200.*Probe succeeded.*\n\n\n\nMetrics that would have been returned:\n.*probe_success 1\n\n\n\nModule configuration:\nprober: http\n.*username: maria\n.*password: <secret>/s,
    ),
  ]);
  expect(text).not.toMatch(/open sesame|bWFyaWE6/);
  const long = await fetch(`${monitor.url}/probe?module=bearing&debug=true&target=${target}`);
  expect(await long.text()).not.toContain('very-long-token-');
});

test('without a file the names of blackbox_exporter’s own config are known, and our check types', async () => {
  const stand = await startStand();
  const port = await freePort();
  const monitor = new WatchdeskProcess(
    await temporaryFolder(
      oneSiteConfig({ port, checks: '[{ type: http }]', url: stand.http, interval: '60s' }),
    ),
    port,
  );
  await monitor.start();
  const ask = async (query: string) => {
    const answer = await fetch(`${monitor.url}/probe?${query}`);
    const text = await answer.text();
    return answer.ok ? samplesOf(text) : text;
  };
  const ok = encodeURIComponent(`${stand.http}/ok`);
  expect(await ask(`module=http_2xx&target=${ok}`)).toEqual(
    expect.toSatisfy((samples: Map<string, number>) => samples.get('probe_success') === 1),
  );
  expect(await ask(`module=ssh_banner&target=${stand.ssh}`)).toEqual(
    expect.toSatisfy((samples: Map<string, number>) => samples.get('probe_success') === 1),
  );
  expect(await ask(`module=http&target=${ok}`)).toEqual(
    expect.toSatisfy((samples: Map<string, number>) => samples.get('probe_http_status_code') === 200),
  );
  expect(await ask('module=exec&target=x')).toBe('Unknown module "exec"\n');
});

/** A module as it may not be, and what is said of it. */
const REFUSED: [what: string, module: object, says: string][] = [
  [
    'another prober',
    { prober: 'unix' },
    'modules.m.prober: found "unix", expected one of http, tcp, icmp, dns, grpc, smtp: Watchdesk has no other probers',
  ],
  [
    'a misspelt option',
    { prober: 'http', http: { methd: 'GET' } },
    'modules.m.http.methd: unknown key; did you mean "method"?',
  ],
  [
    'oauth2',
    http({ oauth2: { client_id: 'x' } }),
    'modules.m.http.oauth2: found a secret value, expected this option to be left out: Watchdesk does not support it',
  ],
  [
    'HTTP/3',
    http({ enable_http3: true }),
    'modules.m.http.enable_http3: found true, expected false: Watchdesk does not support HTTP/3',
  ],
  ['CEL', http({ fail_if_body_json_matches_cel: 'body.x == 1' }), 'fail_if_body_json_matches_cel'],
  [
    'a source address',
    { prober: 'tcp', tcp: { source_ip_address: '127.0.0.2' } },
    'modules.m.tcp.source_ip_address',
  ],
  [
    'bytes to expect',
    { prober: 'tcp', tcp: { query_response: [{ expect_bytes: 'x' }] } },
    'modules.m.tcp.query_response[0].expect_bytes',
  ],
  [
    'a pattern that is none',
    http({ fail_if_body_matches_regexp: ['('] }),
    'modules.m.http.fail_if_body_matches_regexp[0]: found "(", expected a pattern in RE2 syntax',
  ],
  [
    'days',
    { prober: 'icmp', timeout: '1d' },
    'modules.m.timeout: found "1d", expected a duration such as 5s',
  ],
  [
    'a size without its unit',
    http({ body_size_limit: '10M' }),
    'modules.m.http.body_size_limit: found "10M", expected a size with its unit, such as 10MB',
  ],
  [
    'a type of record that is none',
    { prober: 'dns', dns: { query_name: 'a.test', query_type: 'a' } },
    'modules.m.dns.query_type: found "a", expected a record type in capitals',
  ],
  [
    'two ways to log in',
    http({ bearer_token: 'x', basic_auth: { username: 'y' } }),
    'at most one of `basic_auth`',
  ],
  ['a tiny payload', { prober: 'icmp', icmp: { payload_size: 4 } }, 'modules.m.icmp.payload_size'],
];

test('what is not supported is refused by name at start, all at once', async () => {
  const port = await freePort();
  const modules = Object.fromEntries(REFUSED.map(([, module], index) => [`m${index}`, module]));
  const folder = await temporaryFolder({
    ...oneSiteConfig({ port, checks: '[{ type: ping }]', more: 'probe: { modules: blackbox.yml }' }),
    'blackbox.yml': stringify({ modules }),
  });
  const { code, stderr } = await watchdesk(['validate', '--config', folder]);
  expect(code).toBe(2);
  for (const [index, [what, , says]] of REFUSED.entries()) {
    const line = stderr.split('\n').find((one) => one.includes(`modules.m${index}`));
    expect(line, what).toContain(says.replace('modules.m.', `modules.m${index}.`));
    expect(line, what).toMatch(/blackbox\.yml:\d+: /);
  }
});

/** As the exporter itself judges them, by `--config.check` of 0.23. */
const READ_ALIKE: [module: string, isTaken: boolean][] = [
  ...['Yes', 'No', 'yes', 'no', 'YES', 'On', 'OFF', 'y', 'Y', 'n', 'N', 'True', 'FALSE', '"yes"'].map(
    (word): [string, boolean] => [`{ prober: http, http: { fail_if_ssl: ${word} } }`, true],
  ),
  ['{ prober: http, http: { fail_if_ssl: "" } }', false],
  ['{ prober: http, http: { fail_if_ssl: 1 } }', false],
  ['{ prober: http, http: { fail_if_ssl: maybe } }', false],
  ['{ prober: http, timeout: , http: { valid_status_codes: , headers: , tls_config: { insecure_skip_verify: } } }', true],
  ['{ prober: http, http: { method: , body: , bearer_token: , basic_auth: , proxy_url: , compression: , body_size_limit: } }', true],
  ['{ prober: icmp, icmp: { payload_size: , ttl: }, http: { fail_if_ssl: true } }', true],
  ['{ prober: tcp, tcp: { query_response: [ ~, { send: x } ] } }', true],
  ['{ prober: http, http: { valid_status_codes: 200 } }', false],
  ['{ prober: http, http: { fail_if_body_matches_regexp: foo } }', false],
  ['{ prober: http, timeout: 5 }', false],
  ['{ prober: dns, dns: { query_name: x, validate_answer_rrs: , valid_rcodes: , query_type: } }', true],
  ['{ prober: dns }', true],
  ['{ prober: dns, dns: { query_type: A } }', false],
  ['{ prober: dns, dns: { query_name: "" } }', false],
  ['{ prober: http, http: { compression: gzip, headers: { Accept-Encoding: br } } }', false],
  ['{ prober: http, http: { compression: gzip, headers: { accept-encoding: "deflate" } } }', false],
  ['{ prober: http, http: { compression: gzip, headers: { accept-encoding: "gzip, br" } } }', true],
  ['{ prober: http, http: { compression: gzip, headers: { accept-encoding: "*" } } }', true],
  ['{ prober: http, http: { compression: gzip, headers: { accept-encoding: "gzip;q=0.5" } } }', true],
  ['{ prober: http, http: { compression: gzip, headers: { accept-encoding: "gzip;q=0" } } }', false],
  ['{ <<: *base, timeout: 3s }', true],
  ['{ prober: http, http: { <<: *block, method: POST } }', true],
]; // prettier-ignore

test('modules are read as blackbox_exporter reads them, and one that cannot be served stops no other', async () => {
  const port = await freePort();
  const modules = READ_ALIKE.map(([module], index) => `  m${index}: ${module}`).join('\n');
  const file = `modules:\n  base: &base { prober: http, http: &block { fail_if_ssl: true } }\n  socket: { prober: websocket }\n  keycloak: { prober: http, http: { valid_status_codes: [2000] } }\n${modules}\n`;
  const site = await listenHttp((_request, response) => void response.end('well'));
  const folder = await temporaryFolder({
    ...oneSiteConfig({ port, checks: '[{ type: ping }]', more: 'probe: { modules: blackbox.yml }' }),
    'blackbox.yml': file,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  const ask = async (module: string) => {
    const answer = await fetch(`${monitor.url}/probe?module=${module}&target=${encodeURIComponent(site)}`);
    return `${answer.status} ${await answer.text()}`;
  };
  expect(await ask('socket')).toBe(
    '400 Watchdesk cannot serve the module "socket": modules.socket.prober: found "websocket", expected one of http, tcp, icmp, dns, grpc, smtp: Watchdesk has no other probers; remove the module\n',
  );
  // A name that sounds like a secret hides nothing.
  expect(await ask('keycloak')).toContain('found 2000, expected at most 999');
  for (const [index, [module, isTaken]] of READ_ALIKE.entries()) {
    const said = await ask(`m${index}`);
    expect([module, said.startsWith('200 ') ? true : said.slice(0, 4)]).toEqual([module, isTaken || '400 ']);
  }
  expect(monitor.output).toContain('probe-module-not-served');
});

test('a file that is not there is said at the line that names it', async () => {
  const port = await freePort();
  const folder = await temporaryFolder(
    oneSiteConfig({ port, checks: '[{ type: ping }]', more: 'probe: { modules: blackbox.yml }' }),
  );
  const { code, stderr } = await watchdesk(['validate', '--config', folder]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(
      /watchdesk\.yaml:\d+: probe\.modules: .*blackbox\.yml cannot be read: there is no such file/,
    ),
  ]);
});

test('a host name that would begin a line of its own is refused, a port that is none breaks nothing', async () => {
  const { stand, monitor } = await startBoth();
  const ask = async (query: string) => {
    const answer = await fetch(`${monitor.url}/probe?${query}`, {
      headers: { 'x-prometheus-scrape-timeout-seconds': '2' },
    });
    return { status: answer.status, text: await answer.text() };
  };
  const injected = await ask(
    `module=plain&target=${encodeURIComponent(`${stand.http}/host`)}&hostname=${encodeURIComponent('x\r\nX-More: 1')}`,
  );
  expect(injected).toEqual({ status: 400, text: 'The hostname parameter is not a valid host name\n' });
  for (const target of ['127.0.0.1:0', '127.0.0.1:70000', '[::1', '', 'x'.repeat(5_000)])
    for (const module of ['dns_a', 'dns_tcp', 'tcp_connect', 'plain', 'icmp']) {
      const { status, text } = await ask(`module=${module}&target=${encodeURIComponent(target)}`);
      expect([200, 400], `${module} ${target.slice(0, 20)}: ${text.slice(0, 200)}`).toContain(status);
      if (status === 200) expect(text).toMatch(/^probe_success 0$/m);
    }
  expect((await fetch(`${monitor.url}/readyz`)).status).toBe(200);
});

test('a name server that says nonsense and a server that never ends a line fail the probe alone', async () => {
  const { monitor } = await startBoth();
  const nonsense = createSocket('udp4');
  nonsense.on('message', (bytes, { port, address }) => {
    // The right id, and then a name that points at itself.
    nonsense.send(
      Buffer.concat([bytes.subarray(0, 2), Buffer.from('818000010001000000000000c00cc00c', 'hex')]),
      port,
      address,
    );
  });
  nonsense.bind(0, '127.0.0.1');
  await once(nonsense, 'listening');
  onTestFinished(() => void nonsense.close());
  const endless = await listenTcp((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write('220-more\r\n'.repeat(1_000)));
    };
    socket.on('drain', more);
    more();
  });
  for (const [module, target] of [
    ['dns_a', `127.0.0.1:${nonsense.address().port}`],
    ['smtp_starttls', `127.0.0.1:${endless.port}`],
  ]) {
    const answer = await fetch(`${monitor.url}/probe?module=${module}&target=${target}`);
    expect(await answer.text(), module).toMatch(/^probe_success 0$/m);
  }
  expect((await fetch(`${monitor.url}/readyz`)).status).toBe(200);
});

/** RFC 9113, 4.1. */
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

test('what an HTTP/2 server pushes, breaks off or cuts short is no fault of the monitor, and no good answer', async () => {
  const { monitor } = await startBoth();
  const { certificate, key } = makeCertificate({
    names: ['127.0.0.1'],
    validFrom: new Date(Date.now() - 86_400_000),
    validTo: new Date(Date.now() + 86_400_000),
  });
  const [HEADERS, RST, SETTINGS, PUSH, DATA] = [1, 3, 4, 5, 0];
  const END_HEADERS = 4;
  const ok = Buffer.from([0x88]);
  const promise = Buffer.concat([Buffer.from([0, 0, 0, 2, 0x82, 0x84, 0x87, 0x41, 0x01, 0x78])]);
  const code = (value: number) => Buffer.from([0, 0, 0, value]);
  const pushed = [
    frame(PUSH, END_HEADERS, 1, promise),
    frame(HEADERS, END_HEADERS, 2, ok),
    frame(RST, 0, 2, code(2)),
  ];
  const whole = [frame(HEADERS, END_HEADERS, 1, ok), frame(DATA, 1, 1, Buffer.from('all'))];
  const half = [
    frame(HEADERS, END_HEADERS, 1, ok),
    frame(DATA, 0, 1, Buffer.from('half')),
    frame(RST, 0, 1, code(8)),
  ];
  for (const [frames, success] of [
    [[...pushed, ...whole], undefined],
    [[...pushed, frame(DATA, 0, 0, Buffer.from('x'))], 0],
    [whole, 1],
    [half, 0],
  ] as const) {
    const server = await listenTls({ cert: certificate, key, ALPNProtocols: ['h2'] }, (socket) => {
      socket.on('error', () => {});
      socket.write(frame(SETTINGS, 0, 0));
      socket.once('data', () => setTimeout(() => socket.write(Buffer.concat([...frames])), 20));
    });
    const answer = await fetch(
      `${monitor.url}/probe?module=lenient&target=${encodeURIComponent(`https://127.0.0.1:${server.port}/`)}`,
      { headers: { 'x-prometheus-scrape-timeout-seconds': '3' } },
    );
    const said = samplesOf(await answer.text()).get('probe_success');
    if (success !== undefined) expect(said).toBe(success);
  }
  expect(monitor.isAlive).toBe(true);
  expect((await fetch(`${monitor.url}/readyz`)).status).toBe(200);
});

test('credentials are not told to another host that a redirect leads to', async () => {
  const { monitor } = await startBoth();
  const heard: (string | undefined)[] = [];
  const other = await listenHttp((request, response) => {
    heard.push(request.headers.authorization);
    response.end('here');
  });
  const first = await listenHttp((request, response) => {
    heard.push(request.headers.authorization);
    response.writeHead(302, { location: `${other.replace('127.0.0.1', 'localhost')}/` });
    response.end();
  });
  const answer = await fetch(`${monitor.url}/probe?module=basic&target=${encodeURIComponent(first)}`);
  expect(await answer.text()).toContain('probe_success 1\n');
  expect(heard).toEqual(['Basic bWFyaWE6b3BlbiBzZXNhbWU=', undefined]);
});

test('probes over one connection leave nothing behind on it', async () => {
  const { stand, monitor } = await startBoth();
  const target = encodeURIComponent(`${stand.http}/ok`);
  const agent = new Agent({ connections: 1, pipelining: 1 });
  onTestFinished(() => agent.close());
  for (let n = 0; n < 30; n++) {
    const { body } = await request(`${monitor.url}/probe?module=plain&target=${target}`, {
      dispatcher: agent,
    });
    expect(await body.text()).toContain('probe_success 1');
  }
  expect(monitor.output).not.toContain('MaxListenersExceededWarning');
});
