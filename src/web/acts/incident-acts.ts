import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { momentText } from '../../config/fields.ts';
import { DURATION_PATTERN, durationMs } from '../../core/duration.ts';
import type { HumanAction } from '../../core/human-action.ts';
import type { Incident } from '../../core/incident.ts';
import type { Decision } from '../../core/incident-draft.ts';
import { say } from '../../text/say.ts';
import { by } from '../api-route.ts';
import { HttpProblem, notFound } from '../problem.ts';
import type { WebSources } from '../sources.ts';

/** An action that a human may take on an incident, by a form, the API or the command line. */
export interface IncidentAct {
  /** Last part of its URL path. */
  verb: string;
  summary: string;
  body: z.ZodType<{ by: string }>;
  /** `given`: the body as parsed by the schema. */
  action(given: never, now: number): HumanAction;
}

/** Ties the schema and the action to the same type. */
const act = <Body extends z.ZodType<{ by: string }>>(one: {
  verb: string;
  summary: string;
  body: Body;
  action(given: z.output<Body>, now: number): HumanAction;
}): IncidentAct => one;

const answer = z.strictObject({ by, text: z.string().trim().min(1).max(4_000).optional() });
const note = z.strictObject({
  by,
  text: z.string().trim().min(1).max(4_000),
  public: z.boolean().default(false).describe('Visible to the customer.'),
});
const expectedIn = { error: () => say('api.expected-estimate-duration') };
/** Time from now until the estimated fix. */
const estimateIn = z
  .string(expectedIn)
  .regex(DURATION_PATTERN, expectedIn)
  .transform(durationMs)
  .refine((ms) => ms >= 60_000 && ms <= 2_592_000_000, expectedIn);
const estimate = z
  .strictObject({
    by,
    at: momentText.optional().describe('Estimated fix, such as 2026-12-24T09:00Z.'),
    in: estimateIn.optional(),
    text: z.string().trim().min(1).max(4_000).optional(),
  })
  .refine(({ at, in: inMs }) => (at === undefined) !== (inMs === undefined), {
    error: () => say('api.expected-at-or-in'),
  });

/** All actions on an incident. */
export const INCIDENT_ACTS: readonly IncidentAct[] = [
  act({
    verb: 'acknowledge',
    summary: 'Acknowledge: escalation steps with `unless: worked` are skipped.',
    body: answer,
    action: ({ text }) => ({ is: 'acknowledge', text }),
  }),
  act({
    verb: 'escalate',
    summary: 'Escalate: run the next escalation step now.',
    body: answer,
    action: () => ({ is: 'escalate' }),
  }),
  act({
    verb: 'resolve',
    summary: 'Resolve the incident and its ticket manually.',
    body: answer,
    action: ({ text }) => ({ is: 'resolve', text }),
  }),
  act({
    verb: 'note',
    summary: 'Add a note to the ticket.',
    body: note,
    action: ({ text, public: isPublic }) => ({ is: 'note', text, isPublic }),
  }),
  act({
    verb: 'estimate',
    summary: 'Set the estimated fix; customers see it in their next update.',
    body: estimate,
    action: ({ at, in: inMs, text }, now) => ({
      is: 'estimate',
      at: at === undefined ? now + inMs! : at.epochMilliseconds,
      text,
    }),
  }),
  act({
    verb: 'vendor',
    summary: "Involve the target's vendor as the cause of the incident.",
    body: answer,
    action: ({ text }) => ({ is: 'vendor', text }),
  }),
];

/** Returns the incident with that id in its current state. */
export async function incidentAt(
  id: string,
  { keeper, store }: Pick<WebSources, 'keeper' | 'store'>,
): Promise<Incident> {
  const incident = keeper.get(id) ?? (await store.incident(id));
  if (!incident) throw notFound(say('api.no-incident', { id }));
  return incident;
}

/**
 * Takes the action if the actor is known and the incident is still open.
 * @throws HttpProblem that says why it cannot be done.
 */
export async function actOnIncident(
  { action }: IncidentAct,
  id: string,
  given: unknown,
  sources: Pick<WebSources, 'keeper' | 'store' | 'config' | 'now'>,
): Promise<Decision> {
  const incident = await incidentAt(id, sources);
  const { by: who } = given as { by: string };
  refuseStrangers(who, sources.config());
  const wanted = action(given as never, sources.now());
  if (wanted.is === 'estimate' && wanted.at <= sources.now()) {
    throw new HttpProblem(422, say('api.estimate-in-the-past'), say('api.estimate-in-the-past-detail'));
  }
  const decision = await sources.keeper.act(incident, who, wanted);
  if (decision.because === 'no-vendor') {
    throw new HttpProblem(409, say('api.no-vendor'), say('api.no-vendor-detail', { id: incident.id }));
  }
  if (decision.because === 'already-resolved') {
    const detail = say('api.already-resolved-detail', { id: incident.id });
    throw new HttpProblem(409, say('api.already-resolved'), detail);
  }
  return decision;
}

/** An unknown name would own the incident, and its escalation would stop for a person who does not exist. */
function refuseStrangers(by: string, { people, access }: Pick<Config, 'people' | 'access'>): void {
  if (people.has(by) || [...people.values()].some(({ name }) => name === by)) return;
  if (access.users.some(({ id }) => id === by) || (people.size === 0 && access.users.length === 0)) return;
  const letters = (text: string) => [...text.toLowerCase()].sort().join('');
  const near = [...people.keys()].find((id) => letters(id) === letters(by));
  const known = [...new Set([...people.keys(), ...access.users.map(({ id }) => id)])].slice(0, 50).join(', ');
  const name = by.slice(0, 80);
  const detail =
    near === undefined
      ? say('api.unknown-person-known', { name, known })
      : say('api.unknown-person-near', { name, near });
  throw new HttpProblem(422, say('api.unknown-person'), detail);
}
