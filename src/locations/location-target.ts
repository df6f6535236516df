import type { Cadence } from '../core/cadence.ts';
import type { Prepared } from '../core/check-type.ts';
import { formatDuration } from '../core/duration.ts';
import type { LocationSettings } from '../core/location-settings.ts';
import type { LocationStanding } from '../core/location-standing.ts';
import { failed, good, type Finding } from '../core/probe-result.ts';
import { checkIdentity, locationTargetName, type Target } from '../core/target.ts';

const CHECK = 'reports';

/** The silence that counts is in `lost_after`: one look decides. */
const CADENCE: Cadence = {
  intervalMs: 5_000,
  timeoutMs: 1_000,
  retryIntervalMs: 5_000,
  failures: 1,
  recoveries: 1,
};

/** Identity of the check that watches a location. */
export const locationCheck = (location: string): string => checkIdentity(locationTargetName(location), CHECK);

/**
 * A location as a target of its own: whatever it takes with it when it is lost or blind, that is one incident. The checks
 * that are probed from there go by what the other locations say.
 */
export function locationTarget(
  location: string,
  { priority }: LocationSettings,
  standing: () => LocationStanding,
): { target: Target; identity: string; prepared: Prepared } {
  const name = locationTargetName(location);
  const subject = `reports from ${location}`;
  return {
    identity: locationCheck(location),
    target: {
      name,
      kind: 'network',
      dependsOn: [],
      priority,
      tags: [],
      ours: true,
      source: { file: 'watchdesk.yaml', line: 1 },
      checks: [
        {
          name: CHECK,
          type: 'own',
          priority,
          cadence: CADENCE,
          subject,
          fingerprint: JSON.stringify([name, priority]),
        },
      ],
    },
    prepared: { is: 'prepared', subject, secrets: [], probe: async () => findingOf(location, standing()) },
  };
}

function findingOf(location: string, standing: LocationStanding): Finding {
  switch (standing.is) {
    case 'sees':
      return good('it reports, and sees its own network');
    case 'blind':
      return failed(
        'blind',
        `${location} sees nothing: ${standing.why}; its word does not count until it does`,
      );
    case 'lost':
      return failed(
        'silent',
        `no report from ${location} for ${formatDuration(standing.forMs)}; its word does not count until it reports`,
      );
  }
}
