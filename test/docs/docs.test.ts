import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadCatalogue } from '../../src/config/catalogue.ts';
import { problemLine } from '../../src/config/config-problem.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { PROJECT } from '../support/watchdesk-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { coveredRows } from './policies-page.ts';
import { generatedFiles } from './generated-files.ts';

const { catalogue, problems } = await loadCatalogue();
const generated = await generatedFiles(catalogue);
const pages = [
  'README.md',
  ...readdirSync(join(PROJECT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

test.each([...generated.keys()])('%s is what the code says (else: npm run docs)', (name) => {
  expect(existsSync(join(PROJECT, name)), `${name} is not there; npm run docs makes it`).toBe(true);
  expect(readFileSync(join(PROJECT, name), 'utf8')).toBe(generated.get(name));
});

test('every row of the five policies has a test of its name', () => {
  const rows = coveredRows();
  expect(rows).toHaveLength(33);
  expect(rows.filter(({ tests }) => tests.length === 0).map(({ row }) => row)).toEqual([]);
});

test('no page stands for a check type, helpdesk or channel that is gone', () => {
  const found = ['docs/checks', 'docs/helpdesks', 'docs/channels'].flatMap((folder) =>
    readdirSync(join(PROJECT, folder)).map((name) => `${folder}/${name}`),
  );
  expect(found.filter((name) => !generated.has(name))).toEqual([]);
  expect(problems).toEqual([]);
});

test.each(pages)('every link in %s leads somewhere', (page) => {
  const text = readFileSync(join(PROJECT, page), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)|src="([^"]+)"/g)].map(
    ([, link, source]) => link ?? source!,
  );
  const broken = links.filter(
    (link) => !/^(https?|mailto):/.test(link) && !existsSync(resolve(PROJECT, dirname(page), link)),
  );
  expect(broken).toEqual([]);
});

describe('config shown in the docs is a good config', () => {
  const blocks = pages.flatMap((page) => {
    const text = readFileSync(join(PROJECT, page), 'utf8');
    return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml], index) => ({
      page,
      index,
      yaml: yaml!,
    }));
  });

  test.each(blocks)('$page, block $index', async ({ yaml }) => {
    const value = parse(yaml) as Record<string, unknown>;
    const people =
      'people: { maria: { name: Maria Chen, sms: "+12895550101" }, devon: { name: Devon Hall, sms: "+12895550102" } }\n';
    const onCall = 'on_call: { operations-manager: { timezone: America/Toronto, fallback: maria } }\n';
    const isTargets = 'targets' in value || 'checks' in value;
    const targets =
      'checks' in value
        ? `targets:\n  - name: shop\n    kind: site\n    url: https://shop.example\n${yaml.replace(/^/gm, '    ')}`
        : isTargets
          ? yaml
          : 'customer: { name: Acme Ltd }\ntargets: [{ name: edge-router, kind: network, address: 192.0.2.1, checks: [{ type: ping }] }]\n';
    const main = isTargets
      ? '{}'
      : `${'people' in value ? '' : people}${'on_call' in value ? '' : onCall}${yaml}`;
    const folder = await temporaryFolder({ 'watchdesk.yaml': main, 'targets/a.yaml': targets });
    const loaded = await loadConfig(folder, catalogue, {
      variable: (name) => {
        if (name === 'DATABASE_URL') return 'postgres://watchdesk:word@db.example/watchdesk';
        if (name.endsWith('_URL')) return 'https://switch.example/ping';
        if (name.startsWith('SLACK_')) return name.includes('BOT') ? 'xoxb-for-docs' : 'xapp-for-docs';
        if (name === 'TELEGRAM_BOT_TOKEN') return '123456:token-for-docs';
        return name.includes('SID') ? `AC${'0'.repeat(32)}` : 'value-for-docs';
      },
      file: () => ({ text: 'from-a-file' }),
    });
    const found = loaded.is === 'problems' ? loaded.problems.map(problemLine) : [];
    // A single target of a page may depend on one that another block shows.
    expect(found.filter((problem) => !/which is not a target|no target has the/.test(problem))).toEqual([]);
  });
});
