import { displayUrl } from '../core/display-url.ts';
import { HEALTH_NAMES, type HealthName } from '../core/health.ts';
import type { Target } from '../core/target.ts';
import type { Breather } from './breather.ts';
import { escapedLabel, familyHead, type Exposition } from './exposition.ts';

interface Family {
  name: string;
  help: string;
  rows(target: Target, facts: TargetFamilyFacts): string;
}

export interface TargetFamilyFacts {
  healthOf: ReadonlyMap<string, HealthName>;
  isInMaintenance(target: Target): boolean;
}

const FAMILIES: readonly Family[] = [
  {
    name: 'watchdesk_target_health',
    help: '1 for the current health of the target, 0 for the others.',
    rows(target, { healthOf }) {
      const health = healthOf.get(target.name) ?? 'unknown';
      const label = `watchdesk_target_health{target="${escapedLabel(target.name)}",health="`;
      return HEALTH_NAMES.map((name) => `${label}${name}"} ${health === name ? 1 : 0}\n`).join('');
    },
  },
  {
    name: 'watchdesk_target_in_maintenance',
    help: '1 while a maintenance window is active for the target.',
    rows: (target, { isInMaintenance }) =>
      `watchdesk_target_in_maintenance{target="${escapedLabel(target.name)}"} ${isInMaintenance(target) ? 1 : 0}\n`,
  },
  {
    name: 'watchdesk_target_info',
    help: 'Always 1; details of the target are in the labels.',
    rows({ name, kind, priority, customer, url, address, site }) {
      const at = escapedLabel(url ? displayUrl(url) : '');
      const whose = escapedLabel(customer?.name ?? '');
      const plan = escapedLabel(customer?.plan ?? '');
      return `watchdesk_target_info{target="${escapedLabel(name)}",kind="${kind}",priority="${priority}",customer="${whose}",plan="${plan}",url="${at}",address="${escapedLabel(address ?? '')}",site="${escapedLabel(site ?? '')}"} 1\n`;
    },
  },
];

export const TARGET_FAMILY_NAMES: readonly string[] = FAMILIES.map(({ name }) => name);

/** Renders the families of single targets. */
export async function* renderTargetFamilies(
  targets: readonly Target[],
  facts: TargetFamilyFacts,
  format: Exposition,
  isWanted: (family: string) => boolean,
  breather: Breather,
): AsyncGenerator<string> {
  for (const { name, help, rows } of FAMILIES.filter((family) => isWanted(family.name))) {
    let text = familyHead(name, help, 'gauge', format);
    for (const target of targets) {
      text += rows(target, facts);
      if (!breather.isDue()) continue;
      yield text;
      text = '';
      await breather.turn();
    }
    yield text;
  }
}
