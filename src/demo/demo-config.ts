import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface DemoTarget {
  name: string;
  customer: string;
  plan: string;
  url: string;
  authority?: string;
}

/** Writes a config folder for the demo: probes every second, down after three failures, up after two successes. */
export async function writeDemoConfig(port: number, targets: readonly DemoTarget[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'watchdesk-demo-'));
  await mkdir(join(folder, 'targets'));
  const main = {
    server: { listen: `127.0.0.1:${port}` },
    store: `sqlite:${join(folder, 'demo.db')}`,
    people: {
      maria: { name: 'Maria Chen', sms: '+12895550101' },
      devon: { name: 'Devon Hall', sms: '+12895550102' },
    },
    on_call: {
      'operations-manager': {
        timezone: Temporal.Now.timeZoneId(),
        layers: [{ rotation: ['maria', 'devon'], start: '2026-01-05T09:00', every: '1 week' }],
        fallback: 'maria',
      },
    },
    escalation: { urgent: [{ page: 'operations-manager', via: ['sms'] }] },
    defaults: { interval: '1s', timeout: '900ms', failures: 3, recoveries: 2 },
  };
  await writeFile(join(folder, 'watchdesk.yaml'), stringify(main));
  for (const { name, customer, plan, url, authority } of targets) {
    const tls = authority === undefined ? {} : { tls: { ca: authority } };
    const file = {
      customer: { name: customer, plan },
      targets: [
        {
          name,
          kind: 'site',
          url,
          checks: [{ type: 'http', path: '/health', ...tls, expect: { status: 200, body: 'ok' } }],
        },
      ],
    };
    await writeFile(join(folder, 'targets', `${name}.yaml`), stringify(file));
  }
  return folder;
}
