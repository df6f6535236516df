import type { Prepared } from '../core/check-type.ts';
import { failed, good, unknown, type Finding } from '../core/probe-result.ts';
import { checkIdentity, OWN_TARGET, type Check, type Target } from '../core/target.ts';
import type { Cadence } from '../core/cadence.ts';
import type { Lookout } from './lookout.ts';

export interface OwnTarget {
  target: Target;
  /** By check identity. */
  prepared: Map<string, Prepared>;
}

export interface OwnChecks {
  lookout?: { of: Lookout; hasNames: boolean; cadence: Cadence };
  /** What the last daily test page says about whether pages reach people. */
  paging?: () => Finding;
}

const PAGING_CADENCE: Cadence = {
  intervalMs: 30_000,
  timeoutMs: 1_000,
  retryIntervalMs: 30_000,
  failures: 1,
  recoveries: 1,
};

/** The monitor as a target of its own, watched like any other; undefined when there is nothing to watch. */
export function ownTarget({ lookout, paging }: OwnChecks): OwnTarget | undefined {
  const prepared = new Map<string, Prepared>();
  const checks: Check[] = [];
  const add = (name: string, subject: string, cadence: Cadence, probe: Prepared['probe']) => {
    checks.push({
      name,
      type: 'own',
      priority: 'urgent',
      cadence,
      subject,
      fingerprint: JSON.stringify([name, subject, cadence]),
    });
    prepared.set(checkIdentity(OWN_TARGET, name), { is: 'prepared', subject, secrets: [], probe });
  };
  if (lookout) {
    const { of, hasNames, cadence } = lookout;
    add('network', 'connectivity anchors', cadence, async () => seesNetwork(of));
    if (hasNames) add('resolver', 'connectivity anchors by name', cadence, async () => resolves(of));
  }
  if (paging) add('paging', 'daily test page', PAGING_CADENCE, async () => paging());
  if (checks.length === 0) return undefined;
  const target: Target = {
    name: OWN_TARGET,
    kind: 'server',
    dependsOn: [],
    priority: 'urgent',
    tags: [],
    ours: true,
    source: { file: 'watchdesk.yaml', line: 1 },
    checks,
  };
  return { target, prepared };
}

function seesNetwork({ sight }: Lookout): Finding {
  if (!sight) return unknown('the anchors have not been probed yet');
  const { seen, total, missing } = sight;
  if (sight.network === 'sees') return good(`${seen} of ${total} anchors respond`);
  return failed(
    'blind',
    `${total - seen} of ${total} anchors do not respond (${missing.join(', ')}); failures count as unknown until they do`,
  );
}

function resolves({ sight }: Lookout): Finding {
  if (!sight || sight.resolver === 'not-known')
    return unknown('the resolver cannot be tested while the network is down');
  if (sight.resolver === 'works') return good('the anchor names resolve');
  return failed('dns-error', `the anchor names do not resolve (${sight.missing.join(', ')})`);
}
