import { dirname, resolve } from 'node:path';
import type { StoreAddress } from '../store/store-address.ts';
import type { DeskRules } from '../core/desk/desk-rules.ts';
import type { DeskSettings } from '../desk/desk-settings.ts';
import { buildAssign } from './build-service.ts';
import type { Reachable } from './build-escalation.ts';
import type { ConfiguredHelpdesk } from '../helpdesks/shared/configured-helpdesk.ts';
import type { ConfigProblem } from './config-problem.ts';
import { noSuch } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Builds the built-in helpdesk's settings; names used in them must exist. */
export function buildDesk(
  main: YamlFile,
  { desk }: WatchdeskFile,
  known: Reachable & { helpdesks: readonly ConfiguredHelpdesk[]; store: StoreAddress },
  problems: ConfigProblem[],
): DeskSettings {
  const complain = (path: PropertyKey[], problem: string) =>
    void problems.push(main.problem(['desk', ...path], problem));
  const check = (name: string | undefined, names: readonly string[], what: string, path: PropertyKey[]) => {
    if (name !== undefined && !names.includes(name)) complain(path, noSuch(what, name, names));
  };
  const teams = [...known.teams.keys()];
  check(desk.tiers.front, teams, 'team', ['tiers', 'front']);
  check(desk.tiers.escalation, teams, 'team', ['tiers', 'escalation']);
  desk.categories.forEach(({ team }, index) => check(team, teams, 'team', ['categories', index, 'team']));
  desk.fields.forEach(({ required_for: types }, index) =>
    types.forEach((type, at) => check(type, desk.types, 'type', ['fields', index, 'required_for', at])),
  );
  desk.categories.forEach(({ name }, index) => {
    if (desk.categories.findIndex((one) => one.name === name) !== index)
      complain(['categories', index, 'name'], `there are two categories "${name}"`);
  });
  desk.unverified.not_for.forEach((type, at) =>
    check(type, desk.types, 'type', ['unverified', 'not_for', at]),
  );
  check(
    desk.bugs,
    known.helpdesks.map(({ name }) => name),
    'helpdesk',
    ['bugs'],
  );
  const rules: DeskRules = {
    names: desk.states,
    types: desk.types,
    categories: desk.categories.map(({ name, links, team }) => ({
      name,
      links,
      ...(team !== undefined && { team }),
    })),
    fields: desk.fields.map(({ name, label = name, required_for: requiredFor, choices }) => ({
      name,
      label,
      requiredFor,
      ...(choices && { choices }),
    })),
    defaultPriority: desk.priorities.default,
    lowestPriority: desk.priorities.lowest,
    asksSeverity: desk.severity !== false,
    defaultSeverity: typeof desk.severity === 'object' ? desk.severity.default : {},
    links: desk.links,
    ...(desk.assign && { assign: buildAssign(desk.assign, known, ['assign'], complain) }),
    tiers: {
      ...(desk.tiers.front !== undefined && { 1: desk.tiers.front }),
      ...(desk.tiers.escalation !== undefined && { 2: desk.tiers.escalation }),
    },
    ...(desk.close.waiting !== undefined && { closeWaitingAfterMs: desk.close.waiting }),
    ...(desk.close.resolved !== undefined && { closeResolvedAfterMs: desk.close.resolved }),
    isEndedByAssignee: desk.ended_by === 'assignee',
    asksRating: desk.rating,
    unverified: { mayOpen: desk.unverified.open, notFor: desk.unverified.not_for },
    opensTickets: desk.tickets_from,
    ...(desk.bugs !== undefined && { bugs: desk.bugs }),
  };
  const { mail, attachments } = desk;
  const { store } = known;
  const beside = store.is === 'sqlite' && store.path !== ':memory:' ? dirname(store.path) : resolve('data');
  return {
    rules,
    portal: {
      title: desk.portal.title,
      isOpen: desk.portal.is_open,
      showsPromises: desk.portal.promises,
    },
    ...(mail && {
      mail: {
        host: mail.host,
        port: mail.port ?? (mail.tls === 'implicit' ? 993 : 143),
        tls: mail.tls,
        user: mail.user,
        password: mail.password,
        folder: mail.folder,
        ...(mail.done !== undefined && { doneFolder: mail.done }),
        address: mail.address.toLowerCase(),
        ...(mail.authserv_id !== undefined && { authservId: mail.authserv_id }),
        everyMs: mail.every,
      },
    }),
    attachments: {
      largestBytes: attachments.largest,
      most: attachments.most,
      keepFreeBytes: attachments.keep_free,
      folder: resolve(attachments.folder ?? `${beside}/attachments`),
    },
    hooks: Object.entries(desk.webhooks).map(([name, { url, secret, headers, timeout, events, notes }]) => ({
      name,
      url,
      secret,
      headers,
      timeoutMs: timeout,
      ...(events && { events }),
      withNotes: notes,
    })),
  };
}
