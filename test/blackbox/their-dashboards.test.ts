import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../support/free-port.ts';
import { isPrometheusHere, Prometheus } from '../support/prometheus.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';
import { startStand } from './stand.ts';

const BLACKBOX = '/usr/bin/prometheus-blackbox-exporter';

/** One figure, the same for whoever asks at whatever time. */
type Kind = 'same' | 'time';

/**
 * What dashboards and alerts made for blackbox_exporter ask: its mixin, the boards 7587, 13659 and 16293 of
 * grafana.com, and the collections of alerts that go with them. `J` stands for the job.
 */
const QUERIES: [expr: string, kind: Kind][] = [
  ['probe_success{J}', 'same'],
  ['probe_success{J} == 0', 'same'],
  ['count(probe_success{J} == 1)', 'same'],
  ['count(probe_success{J} == 0)', 'same'],
  ['sum(probe_success{J}) / count(probe_success{J})', 'same'],
  ['avg by (instance) (avg_over_time(probe_success{J}[30s]))', 'same'],
  ['(1 - avg(avg_over_time(probe_success{J}[30s])))', 'same'],
  ['probe_http_status_code{J}', 'same'],
  ['probe_http_status_code{J} <= 199 or probe_http_status_code{J} >= 400', 'same'],
  ['count_values("code", probe_http_status_code{J})', 'same'],
  ['probe_http_ssl{J}', 'same'],
  ['sum(probe_http_ssl{J} == 0)', 'same'],
  ['probe_http_version{J}', 'same'],
  ['probe_http_redirects{J}', 'same'],
  ['probe_http_content_length{J}', 'same'],
  ['probe_http_uncompressed_body_length{J}', 'same'],
  ['probe_failed_due_to_regex{J}', 'same'],
  ['probe_ip_protocol{J}', 'same'],
  ['probe_ip_addr_hash{J}', 'same'],
  ['probe_ssl_earliest_cert_expiry{J}', 'same'],
  ['probe_ssl_earliest_cert_expiry{J} - time() < 86400 * 60', 'time'],
  ['(probe_ssl_earliest_cert_expiry{J} - time()) / 86400', 'time'],
  ['min by (instance) (probe_ssl_earliest_cert_expiry{J}) - time()', 'time'],
  ['0 <= round((last_over_time(probe_ssl_earliest_cert_expiry{J}[30s]) - time()) / 86400, 0.1) < 45', 'time'],
  ['max by (instance, version) (probe_tls_version_info{J})', 'same'],
  ['probe_duration_seconds{J}', 'time'],
  ['avg(probe_duration_seconds{J})', 'time'],
  ['avg by (instance) (avg_over_time(probe_duration_seconds{J}[30s]))', 'time'],
  ['avg_over_time(probe_duration_seconds{J}[30s]) > 60', 'same'],
  ['probe_dns_lookup_time_seconds{J}', 'time'],
  ['avg(probe_dns_lookup_time_seconds{J})', 'time'],
  ['sum by (phase) (probe_http_duration_seconds{J})', 'time'],
  ['avg by (phase, instance) (probe_http_duration_seconds{J})', 'time'],
  ['sum by (instance) (avg_over_time(probe_http_duration_seconds{J}[30s]))', 'time'],
  ['avg_over_time(probe_icmp_duration_seconds{J}[30s]) > 60', 'same'],
  ['sum by (phase) (probe_icmp_duration_seconds{J})', 'time'],
];

test.skipIf(!isPrometheusHere || !existsSync(BLACKBOX))(
  'dashboards made for blackbox_exporter get the same answers from /probe and from /metrics',
  async () => {
    const stand = await startStand();
    const [port, blackboxPort] = [await freePort(), await freePort()];
    const sites = [
      `${stand.http}/ok`,
      `${stand.http}/500`,
      `${stand.http}/relative`,
      `http://${stand.closed}/`,
    ];
    const secure = [`${stand.https}/ok`, `${stand.expired}/ok`];
    const lenient = {
      prober: 'http',
      http: { preferred_ip_protocol: 'ip4', tls_config: { insecure_skip_verify: true } },
    };
    const modules = {
      http: { prober: 'http', http: { preferred_ip_protocol: 'ip4' } },
      ping: { prober: 'icmp', icmp: { preferred_ip_protocol: 'ip4' } },
      // Both speak HTTP/1.1 there.
      lenient,
    };
    const check = (url: string, more = '') =>
      `{ type: http, name: "c${Math.abs(hash(url + more))}", url: "${url}"${more} }`;
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
probe: { modules: blackbox.yml }
defaults: { interval: 1s, timeout: 1s, failures: 1000 }
`,
      'blackbox.yml': stringify({ modules }),
      'targets/all.yaml': `
targets:
  - name: all
    kind: server
    address: 127.0.0.1
    checks:
${[...sites.map((url) => check(url)), ...secure.map((url) => check(url, ', tls: { verify: false }')), '{ type: ping }'].map((one) => `      - ${one}`).join('\n')}
`,
    });
    const blackbox = spawn(
      BLACKBOX,
      [`--config.file=${join(folder, 'blackbox.yml')}`, `--web.listen-address=127.0.0.1:${blackboxPort}`],
      { stdio: 'ignore' },
    );
    onTestFinished(() => void blackbox.kill('SIGKILL'));
    const monitor = new WatchdeskProcess(folder, port);
    await monitor.start();
    const probing = (job: string, place: string) =>
      [
        ['http', sites],
        ['lenient', secure],
        ['ping', ['127.0.0.1']],
      ].map(([module, targets]) => ({
        job_name: `${job}-${String(module)}`,
        metrics_path: '/probe',
        params: { module: [module] },
        static_configs: [{ targets }],
        relabel_configs: [
          { source_labels: ['__address__'], target_label: '__param_target' },
          { source_labels: ['__param_target'], target_label: 'instance' },
          { target_label: 'job', replacement: job },
          { target_label: '__address__', replacement: place },
        ],
      }));
    const prometheus = await Prometheus.start({
      'prometheus.yml': stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [
          ...probing('theirs', `127.0.0.1:${blackboxPort}`),
          ...probing('ours', `127.0.0.1:${port}`),
          {
            job_name: 'checks',
            honor_labels: true,
            static_configs: [{ targets: [`127.0.0.1:${port}`] }],
          },
        ],
      }),
    });
    const count = sites.length + secure.length + 1;
    const measured = async (job: string) =>
      (await prometheus.query(`count_over_time(probe_success{job="${job}"}[30s]) >= 2`)).length;
    await until(
      'two scrapes of everything',
      async () =>
        (await Promise.all(['theirs', 'ours', 'checks'].map(measured))).every((one) => one === count),
      30_000,
    );
    const ask = async (expr: string, kind: Kind, job: string) =>
      (await prometheus.query(expr.replaceAll('{J}', `{job="${job}"}`)))
        .map(
          ({
            labels: {
              job: _job,
              module: _module,
              target: _target,
              check: _check,
              __name__: _name,
              ...labels
            },
            value,
          }) => [JSON.stringify(labels), kind === 'same' ? Number(value.toPrecision(12)) : 'a time'],
        )
        .sort();
    for (const [expr, kind] of QUERIES) {
      const theirs = await ask(expr, kind, 'theirs');
      expect(await ask(expr, kind, 'ours'), `/probe: ${expr}`).toEqual(theirs);
      expect(await ask(expr, kind, 'checks'), `/metrics: ${expr}`).toEqual(theirs);
    }
    const answered = await Promise.all(QUERIES.map(([expr]) => ask(expr, 'time', 'theirs')));
    expect(answered.filter((one) => one.length > 0).length).toBeGreaterThan(QUERIES.length - 4);
  },
);

function hash(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.charCodeAt(0)) | 0;
  return sum;
}
