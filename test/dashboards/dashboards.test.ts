import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MARKS } from '../../dashboards/code/colours.ts';
import { PROJECT } from '../support/watchdesk-process.ts';
import { dashboards, ruleFiles, selectorsOf } from './dashboard-files.ts';

const PROMTOOL = '/usr/bin/promtool';
const promtool = (...args: string[]) => spawnSync(PROMTOOL, args, { cwd: PROJECT, encoding: 'utf8' });

test('there are the five, each under its own name for good', () => {
  expect(dashboards.map(({ uid }) => uid).sort()).toEqual([
    'watchdesk-customers',
    'watchdesk-funnel',
    'watchdesk-monitor',
    'watchdesk-operations-room',
    'watchdesk-target',
  ]);
});

// The rules of https://github.com/grafana/dashboard-linter, as far as they are about what a file says.
describe.each(dashboards)(
  '$file',
  ({ file, uid, title, description, editable, panels, annotations, templating }) => {
    const variable = (name: string) => templating.list.find((one) => one.name === name);

    test('has a name, says what it is for, and is not changed by hand', () => {
      expect([`${uid}.json`, Boolean(title), Boolean(description), editable]).toEqual([
        `watchdesk-${file}`,
        true,
        true,
        false,
      ]);
    });

    test('its data source is a variable, and everything reads from it', () => {
      expect(variable('datasource')).toMatchObject({
        type: 'datasource',
        query: 'prometheus',
        label: 'Data source',
      });
      const sources = [
        ...panels.flatMap(({ datasource, targets }) => [datasource, ...targets.map((one) => one.datasource)]),
        ...annotations.list.map(({ datasource }) => datasource),
        ...templating.list.filter(({ type }) => type === 'query').map((one) => one.datasource!),
      ];
      expect(new Set(sources.map((source) => source.uid))).toEqual(new Set(['${datasource}']));
    });

    test('which monitors it shows can be chosen, all by default', () => {
      for (const [name, label] of [
        ['job', 'Job'],
        ['instance', 'Instance'],
      ])
        expect(variable(name!)).toMatchObject({
          label,
          multi: true,
          includeAll: true,
          allValue: '.+',
          refresh: 2,
        });
    });

    test('every panel has a title of its own, a description, a unit and a query', () => {
      expect(new Set(panels.map((panel) => panel.title)).size).toBe(panels.length);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      for (const panel of panels) {
        expect(panel.description.length, panel.title).toBeGreaterThan(20);
        expect(panel.fieldConfig.defaults.unit, panel.title).toBeTruthy();
        expect(panel.targets.length, panel.title).toBeGreaterThan(0);
        expect(new Set(panel.targets.map(({ refId }) => refId)).size, panel.title).toBe(panel.targets.length);
      }
    });

    test('panels do not lie on one another, and fill no more than the width', () => {
      const taken = new Map<string, string>();
      for (const { title: name, gridPos } of panels) {
        expect(gridPos.x + gridPos.w, name).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.get(`${x},${y}`), `${name} at ${x},${y}`).toBeUndefined();
            taken.set(`${x},${y}`, name);
          }
      }
    });

    test('queries choose by job and instance, and counters are never shown bare', () => {
      for (const { title: name, targets } of panels) {
        for (const { expr } of targets) {
          const selectors = selectorsOf(expr);
          expect(selectors.length, `${name}: ${expr}`).toBeGreaterThan(0);
          for (const { metric, matchers } of selectors) {
            expect(matchers, `${name}: ${metric}`).toContain('job=~"$job"');
            // Of what blackbox_exporter tells too, `instance` is the target.
            if (!metric.startsWith('probe_'))
              expect(matchers, `${name}: ${metric}`).toContain('instance=~"$instance"');
            if (!/_(?:total|bucket|count|sum)$/.test(metric)) continue;
            const grows = new RegExp(`(?:rate|increase)\\(${metric}\\{`);
            expect(expr, `${name}: ${metric}`).toMatch(grows);
          }
          for (const [, span] of expr.matchAll(/\brate\([^[]*\[([^\]]*)\]/g))
            expect(span).toBe('$__rate_interval');
        }
      }
    });

    test('a column that is named is one that comes, and links lead to columns that are there', () => {
      for (const panel of panels.filter(({ type }) => type === 'table')) {
        const names = panel.transformations?.find(({ id }) => id === 'filterFieldsByName')?.options.include
          ?.names;
        const text = JSON.stringify(panel.fieldConfig.overrides);
        for (const [, column] of text.matchAll(/__data\.fields\[\\\\?"(.*?)\\\\?"\]/g))
          expect(names, panel.title).toContain(column!.replaceAll('\\', ''));
        expect(panel.fieldConfig.overrides).toHaveLength(names!.length);
      }
    });

    test('a state is told by a mark and a word, not by colour alone', () => {
      const marks = Object.values(MARKS).map((mark) => mark[0]!);
      const mappings = panels.flatMap(({ fieldConfig }) => [
        ...(fieldConfig.defaults.mappings ?? []),
        ...fieldConfig.overrides.flatMap(({ properties }) =>
          properties
            .filter(({ id }) => id === 'mappings')
            .flatMap(({ value }) => value as { options: Record<string, { text: string }> }[]),
        ),
      ]);
      for (const { options } of mappings)
        for (const { text } of Object.values(options)) {
          expect(marks).toContain(text[0]);
          expect(text.length).toBeGreaterThan(2);
        }
    });
  },
);

describe('rules', () => {
  test('every alert says how bad it is, what it means and what to do', () => {
    const alerts = ruleFiles.flatMap(({ rules }) => rules).filter(({ alert }) => alert !== undefined);
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, labels, annotations } of alerts) {
      expect(['critical', 'warning'], alert).toContain(labels?.['severity']);
      for (const name of ['summary', 'description', 'runbook'])
        expect(annotations?.[name]?.length ?? 0, `${alert}: ${name}`).toBeGreaterThan(15);
    }
  });

  test.skipIf(!existsSync(PROMTOOL))('promtool finds nothing wrong with them', () => {
    for (const { file } of ruleFiles) {
      const { stdout, stderr, status } = promtool('check', 'rules', `dashboards/rules/${file}`);
      expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringMatching(/SUCCESS: \d+ rules found/)]);
    }
  });

  test.skipIf(!existsSync(PROMTOOL))('they fire when they should, and only then', () => {
    const { stdout, stderr, status } = promtool('test', 'rules', 'test/dashboards/rules.promtool.yaml');
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
    const tested = readFileSync(join(PROJECT, 'test/dashboards/rules.promtool.yaml'), 'utf8');
    for (const { rules } of ruleFiles)
      for (const { alert } of rules) if (alert) expect(tested, alert).toContain(alert);
  });

  test.skipIf(!existsSync(PROMTOOL))('the config of Prometheus that is shipped is one', () => {
    const { stdout, stderr, status } = promtool('check', 'config', 'dashboards/prometheus.yml');
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
