import type { Directory } from './directory.ts';
import type { Recipient } from './effect.ts';
import type { EscalationStep } from './escalation.ts';
import type { Route } from './episode.ts';

/** Recipients and channels of a step, as things are now. The person on call for a schedule is resolved at sending. */
export function routesOf(
  { act, to, via }: EscalationStep,
  directory: Directory,
): (Route & { afterMs: number })[] {
  const members = to.is === 'team' ? directory.membersOf(to.name).map(person) : [];
  const also = to.is === 'schedule' ? directory.alsoOnCall(to.name).map(person) : [];
  const people = members.length > 0 ? members : [to, ...also];
  const isCall = act === 'mobilise';
  const routes =
    via.length > 0
      ? via.flatMap((channel) => {
          const isByRoom = isCall && to.is === 'team' && directory.hasRoom(to.name, channel);
          return (isByRoom ? [to] : people).map((one) => ({ to: one, via: channel, afterMs: 0 }));
        })
      : people.flatMap((one) => directory.ways(one).map((way) => ({ to: one, ...way })));
  const seen = new Set<string>();
  return routes.filter((route) => {
    const key = `${route.to.is} ${route.to.name} ${route.via}`;
    // A mobilise step calls each person once: it waits for no response.
    const isWanted = !seen.has(key) && !(isCall && route.afterMs > 0);
    seen.add(key);
    return isWanted;
  });
}

const person = (name: string): Recipient => ({ is: 'person', name });

/**
 * The next route of a page that has failed: the next channel of the same person, then the fallback of the schedule,
 * then everybody whom the policy pages. Skips routes that were tried.
 */
export function nextRoute(
  { to, via }: Route,
  tried: readonly Route[],
  policy: readonly EscalationStep[],
  directory: Directory,
): Route | undefined {
  const waysTo = (one: Recipient): Route[] =>
    directory.channelsOf(one).map((channel) => ({ to: one, via: channel }));
  const fallback: Recipient | undefined =
    to.is === 'schedule' ? { is: 'fallback', name: to.name } : undefined;
  const routes: Route[] = [
    ...waysTo(to),
    ...(fallback ? [{ to: fallback, via }, ...waysTo(fallback)] : []),
    ...policy
      .filter(({ act }) => act === 'page')
      .flatMap((step) => routesOf(step, directory).map((route) => ({ to: route.to, via: route.via }))),
  ];
  return routes.find((route) => !tried.some((one) => isSameRoute(one, route)));
}

/**
 * The next routes of a failed call to a team: another room of the team, or else every member; for a person the next
 * channel.
 */
export function nextCalls({ to }: Route, tried: readonly Route[], directory: Directory): Route[] {
  const isUntried = (route: Route) => !tried.some((one) => isSameRoute(one, route));
  const next = (one: Recipient) =>
    directory
      .channelsOf(one)
      .map((channel): Route => ({ to: one, via: channel }))
      .find(isUntried);
  const room = next(to);
  if (room) return [room];
  if (to.is !== 'team') return [];
  return directory.membersOf(to.name).flatMap((name) => next(person(name)) ?? []);
}

/**
 * Returns the next person to page when no escalation step is left: people on call, fallbacks and team members of the
 * policy who have not been told yet.
 */
export function furtherPeople(
  policy: readonly EscalationStep[],
  known: ReadonlySet<string>,
  directory: Directory,
): Recipient | undefined {
  const names = policy
    .filter(({ act }) => act === 'page')
    .flatMap(({ to }) => {
      if (to.is === 'schedule') return [directory.onCall(to.name), directory.fallbackOf(to.name)];
      return to.is === 'team' ? [...directory.membersOf(to.name)] : [to.name];
    });
  const found = names.find((name) => name !== undefined && !known.has(name));
  return found === undefined ? undefined : person(found);
}

export const isSameRoute = (a: Route, b: Route): boolean =>
  a.via === b.via && a.to.is === b.to.is && a.to.name === b.to.name;
