import { createServer as createHttps } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeCertificate } from '../../src/demo/make-certificate.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { listenTcp } from '../support/listeners.ts';
import { isPrometheusHere, Prometheus, type Sample } from '../support/prometheus.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PROJECT, WatchdeskProcess } from '../support/watchdesk-process.ts';
import { dashboards, ruleFiles, selectorsOf } from './dashboard-files.ts';

async function startSecureSite(): Promise<string> {
  const certificate = makeCertificate({
    names: ['127.0.0.1'],
    validFrom: new Date(Date.now() - 86_400_000),
    validTo: new Date(Date.now() + 90 * 86_400_000),
  });
  const server = createHttps({ cert: certificate.certificate, key: certificate.key }, (_request, response) =>
    response.end('ok'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Everything that a dashboard can show: up, down, suspect, unknown, in maintenance, worked on, resolved. */
async function startWorld() {
  const [up, breaking, brief, watchdog] = await Promise.all([
    ControlledSite.start(),
    ControlledSite.start(),
    ControlledSite.start(),
    ControlledSite.start(),
  ]);
  const secure = await startSecureSite();
  const anchor = await listenTcp(() => {});
  const port = await freePort();
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
  devon: { name: Devon Hall, sms: "+12895550102" }
on_call:
  operations-manager:
    timezone: America/Toronto
    layers: [{ rotation: [maria, devon], start: 2026-01-05T09:00, every: 1 week }]
    fallback: devon
escalation:
  urgent:
    - { page: operations-manager, via: [sms] }
    - { after: 60m, unless: worked, page: operations-manager, via: [sms], repeat: 60m }
channels: { sms: { type: console } }
helpdesk:
  - { type: webhook, name: elsewhere, url: "http://127.0.0.1:9", secret: "0123456789abcdef0123456789abcdef", when: { customers: [Nobody] } }
  - { type: desk }
plans: { vip: { availability: 99.95 } }
service: { levels: [{ acknowledge: 1h, resolve: 8h }] }
connectivity: { anchors: ["tcp://127.0.0.1:${anchor.port}"] }
watchdog: { ping: "${watchdog.url}/", every: 1s }
maintenance:
  - { name: core switch, targets: [quiet], from: 2026-01-01T00:00Z, to: 2046-01-01T00:00Z }
defaults: { interval: 1s, timeout: 1s, failures: 2, recoveries: 1, retry_interval: 1s }
`,
    'targets/nobody.yaml': `
customer: { name: Nobody }
targets: [{ name: idle, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]
`,
    'targets/acme.yaml': `
customer: { name: Acme Ltd, plan: vip }
targets:
  - { name: shop, kind: site, url: "${up.url}", checks: [{ type: http }] }
  - { name: bank, kind: site, url: "${secure}", checks: [{ type: http, tls: { verify: false } }] }
  - { name: blog, kind: site, url: "${breaking.url}", address: 127.0.0.1, checks: [{ type: http }, { type: http, name: secure, url: "${secure}", tls: { verify: false } }] }
  - { name: news, kind: site, url: "${brief.url}", checks: [{ type: http }] }
  - { name: wobbly, kind: site, url: "${breaking.url}", checks: [{ type: http, failures: 1000 }] }
  - { name: quiet, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }
  - { name: unseen, kind: server, address: 127.0.0.1, checks: [{ type: heartbeat, token: abcdefghijklmnop, every: 1d }] }
`,
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  return { monitor, up, breaking, brief, port };
}

/** What is shipped, read every second; long spans are counted as often. */
const shippedFiles = (port: number): Record<string, string> => ({
  'prometheus.yml': readFileSync(join(PROJECT, 'dashboards/prometheus.yml'), 'utf8')
    .replaceAll('15s', '1s')
    .replace('watchdesk:8080', `127.0.0.1:${port}`),
  ...Object.fromEntries(
    ruleFiles.map(({ file, text }) => [`rules/${file}`, text.replaceAll('interval: 5m', 'interval: 1s')]),
  ),
});

const VARIABLES: Record<string, string> = {
  job: '.+',
  instance: '.+',
  customer: '.*',
  target: 'blog',
  __rate_interval: '5s',
  __range: '1h',
};

const filled = (expr: string): string =>
  expr.replace(/\$(\w+)/g, (all, name: string) => VARIABLES[name] ?? all);

test.skipIf(!isPrometheusHere)(
  'every panel, variable, annotation and rule that is shipped gets data from a live Watchdesk',
  async () => {
    const { monitor, breaking, brief, port } = await startWorld();
    const prometheus = await Prometheus.start(shippedFiles(port));
    await until('a first scrape', async () => (await prometheus.query('watchdesk_build_info')).length === 1);
    breaking.answer(500);
    brief.answer(500);
    const openOf = async (target: string) =>
      (await monitor.list('incidents')).find((one) => one.target === target && one.status !== 'resolved');
    await until('incidents', async () => (await openOf('blog')) && (await openOf('news')), 20_000);
    const { id } = await openOf('news');
    await monitor.post(`/api/v1/incidents/${id}/acknowledge`, { by: 'maria' });
    await monitor.post(`/api/v1/incidents/${(await openOf('blog')).id}/acknowledge`, { by: 'maria' });
    brief.answer(200);
    await until('news is over', async () => (await openOf('news')) === undefined, 20_000);

    const asked = new Map<string, string>();
    const ask = (where: string, expr: string) => asked.set(`${where}: ${expr}`, filled(expr));
    for (const { file, panels, annotations, templating } of dashboards) {
      for (const { title, targets } of panels) for (const { expr } of targets) ask(`${file}, ${title}`, expr);
      for (const { name, expr } of annotations.list) ask(`${file}, annotation ${name}`, expr);
      for (const { name, query } of templating.list) {
        const [, selector] =
          /^label_values\((.*), \w+\)$/.exec(typeof query === 'string' ? query : query.query) ?? [];
        if (selector) ask(`${file}, variable ${name}`, selector);
      }
    }
    // An alert has no data while all is well; what it looks at has.
    for (const { rules } of ruleFiles)
      for (const { record, alert, expr } of rules)
        if (record) ask(record, record);
        else for (const { metric, matchers } of selectorsOf(expr)) ask(`${alert}`, `${metric}{${matchers}}`);
    expect(asked.size).toBeGreaterThan(100);

    const empty = new Map(asked);
    await until(
      'data for everything',
      async () => {
        for (const [where, expr] of empty) if ((await prometheus.query(expr)).length > 0) empty.delete(where);
        if (empty.size > 0) throw new Error(`no data: ${[...empty.keys()].join('\n')}`);
        return true;
      },
      40_000,
    );
    await everythingEvaluates(prometheus);
    await until('all columns', async () => (await columnsMissing(prometheus)).length === 0);
    const exemplars = await prometheus.exemplars('watchdesk_probe_duration_seconds_bucket');
    expect(exemplars.flatMap((one) => one.exemplars).map(({ labels }) => labels['incident'])).toContain(
      (await openOf('blog')).id,
    );
  },
);

async function everythingEvaluates(prometheus: Prometheus): Promise<void> {
  const { groups } = await prometheus.rules();
  const rules = groups.flatMap((group) => group.rules);
  expect(rules.length).toBe(ruleFiles.flatMap((one) => one.rules).length);
  for (const { name, health, lastError } of rules)
    expect([name, health, lastError ?? '']).toEqual([name, 'ok', '']);
}

/** Labels that a table names as columns and that no answer has. */
async function columnsMissing(prometheus: Prometheus): Promise<string[]> {
  const missing: string[] = [];
  for (const { panels } of dashboards)
    for (const { title, targets, transformations } of panels) {
      const wanted = transformations?.find(({ id }) => id === 'filterFieldsByName')?.options.include?.names;
      if (!wanted) continue;
      const answers: Sample[][] = await Promise.all(
        targets.map(({ expr }) => prometheus.query(filled(expr))),
      );
      const labels = new Set(answers.flat().flatMap((sample) => Object.keys(sample.labels)));
      for (const { refId } of targets) labels.add(targets.length === 1 ? 'Value' : `Value #${refId}`);
      missing.push(...wanted.filter((name) => !labels.has(name)).map((name) => `${title}: ${name}`));
    }
  if (missing.length > 0) throw new Error(missing.join(', '));
  return missing;
}
