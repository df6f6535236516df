import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { defaultRetryIntervalMs, type Cadence } from '../core/cadence.ts';
import type { Prepared } from '../core/check-type.ts';
import { parentNames } from '../core/family.ts';
import { checkIdentity, locationTargetName, type Check, type Customer, type Target } from '../core/target.ts';
import { prepareCheck, type CheckOrder } from '../probing/prepare-check.ts';
import type { CheckTypes } from '../probing/registry.ts';
import { OWN_TARGET } from '../core/target.ts';
import { buildSeenFrom } from './build-seen-from.ts';
import type { ConfigProblem } from './config-problem.ts';
import { checkSchema, ownKeys } from './check-schema.ts';
import { explainIssues, nearest } from './explain-issues.ts';
import { keysAt } from './keys-at.ts';
import { parseSettings, withoutWrong } from './parse-settings.ts';
import { checkBase, targetSchema, targetsSchema, type TargetEntry } from './targets-schema.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

export interface BuiltTargets {
  targets: Target[];
  /** By name; a customer may have no targets. */
  customers: Map<string, Customer>;
  prepared: Map<string, Prepared>;
  /** Of the checks that are probed from locations. */
  orders: Map<string, CheckOrder>;
  problems: ConfigProblem[];
}

/** What all targets share: the defaults of their checks, and the names of the locations. */
type Defaults = WatchdeskFile['defaults'] & { locations: readonly string[] };

/** Builds the targets of all files, with every check prepared for probing. */
export function buildTargets(
  files: readonly YamlFile[],
  types: CheckTypes,
  defaults: Defaults,
): BuiltTargets {
  const built: BuiltTargets = {
    targets: [],
    customers: new Map(),
    prepared: new Map(),
    orders: new Map(),
    problems: [],
  };
  for (const file of files) {
    if (file.value === undefined || file.value === null) continue;
    const parsed = parseSettings(targetsSchema, file.value, file);
    if (!parsed.success) {
      built.problems.push(...explainIssues(parsed.error.issues, file, [], file.value, knownTargetKeys));
      lookFurther(file, types, defaults, built);
      continue;
    }
    const { targets = [] } = parsed.data;
    if (targets.length === 0 && !(parsed.data.customer && parsed.data.targets === undefined)) {
      built.problems.push(
        file.problem(
          ['targets'],
          parsed.data.targets
            ? 'found an empty list, expected at least 1 list item'
            : 'missing; expected a list',
        ),
      );
    }
    const { timezone, ...given } = parsed.data.customer ?? {};
    const customer =
      'name' in given ? { ...given, ...(timezone !== undefined && { timeZone: timezone }) } : undefined;
    if (customer) noteCustomer(built.customers, customer);
    for (const [index, entry] of targets.entries()) {
      buildTarget(entry, customer, file, ['targets', index], types, defaults, built);
    }
  }
  checkNames(built, files, defaults.locations);
  return built;
}

/** Finds further problems in a file with errors, by reading each target without the values known to be wrong. */
function lookFurther(file: YamlFile, types: CheckTypes, defaults: Defaults, built: BuiltTargets): void {
  const { targets } = file.value as { targets?: unknown };
  for (const [index, value] of (Array.isArray(targets) ? targets : []).entries()) {
    const parsed = parseSettings(targetSchema, value, file);
    if (parsed.success) {
      buildTarget(parsed.data, undefined, file, ['targets', index], types, defaults, built);
      continue;
    }
    const rest = withoutWrong(value, parsed.error.issues, new Set());
    // A name and a kind are needed to continue; the result is used only for its problems.
    const again = parseSettings(targetSchema, { name: 'target', kind: 'server', ...(rest as object) }, file);
    if (!again.success) continue;
    const known = built.problems.length;
    buildTarget(again.data, undefined, file, ['targets', index], types, defaults, built);
    // What a check lacks now may be a value that was removed above.
    const found = built.problems.splice(known);
    built.problems.push(...found.filter(({ problem }) => !problem.startsWith('the check is incomplete')));
  }
}

/** A customer may appear in several files: their settings are merged. */
function noteCustomer(customers: Map<string, Customer>, customer: Customer): void {
  const known = customers.get(customer.name);
  if (!known) {
    customers.set(customer.name, customer);
    return;
  }
  customers.set(customer.name, {
    ...customer,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    phones: [...new Set([...(known.phones ?? []), ...(customer.phones ?? [])])],
    users: [...(known.users ?? []), ...(customer.users ?? [])],
    domains: [...new Set([...(known.domains ?? []), ...(customer.domains ?? [])])],
  });
}

function knownTargetKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(targetsSchema.shape);
  if (path.length === 2 && path[0] === 'targets') return Object.keys(targetSchema.shape);
  if (path[0] === 'customer') return keysAt(targetsSchema.shape.customer, []);
  return path.at(-1) === 'vendor' ? ['name', 'phone', 'email', 'url'] : [];
}

function buildTarget(
  entry: TargetEntry,
  customer: Customer | undefined,
  file: YamlFile,
  path: readonly PropertyKey[],
  types: CheckTypes,
  defaults: Defaults,
  built: BuiltTargets,
): void {
  const checks: Check[] = [];
  for (const [index, raw] of entry.checks.entries()) {
    const at = [...path, 'checks', index];
    const check = buildCheck(entry, raw, file, at, types, defaults);
    if (Array.isArray(check)) {
      built.problems.push(...check);
      continue;
    }
    if (checks.some((other) => other.name === check.check.name)) {
      const problem = `two checks of ${entry.name} are named "${check.check.name}"; give one of them another \`name\``;
      built.problems.push(file.problem(at, problem));
      continue;
    }
    checks.push(check.check);
    const identity = checkIdentity(entry.name, check.check.name);
    built.prepared.set(identity, check.prepared);
    if (check.order) built.orders.set(identity, check.order);
  }
  const { name, title, kind, address, url, priority, vendor, runbook, tags, site, network } = entry;
  const source = { file: file.name, line: file.lineOf(path) ?? 1 };
  const dependsOn = entry.depends_on.map((given) => ({
    anyOf: typeof given === 'string' ? [given] : given.any,
  }));
  built.targets.push({
    name,
    kind,
    customer,
    address,
    url,
    dependsOn,
    priority,
    vendor,
    title,
    runbook,
    tags,
    site,
    network,
    source,
    checks,
  });
}

function buildCheck(
  target: TargetEntry,
  raw: Record<string, unknown> & { type: string },
  file: YamlFile,
  path: readonly PropertyKey[],
  types: CheckTypes,
  defaults: Defaults,
): { check: Check; prepared: Prepared; order?: CheckOrder } | ConfigProblem[] {
  const type = types.get(raw.type);
  if (type === undefined) {
    const known = [...types.keys()];
    const near = nearest(raw.type, known);
    const hint = near ? `did you mean "${near}"?` : `known: ${known.join(', ')}`;
    return [file.problem([...path, 'type'], `there is no check type "${raw.type}"; ${hint}`)];
  }
  const schema = checkSchema(type);
  const parsed = parseSettings(schema, raw, file);
  if (!parsed.success) {
    const known = (below: readonly PropertyKey[]) => keysAt(schema, below);
    return explainIssues(parsed.error.issues, file, path, raw, known);
  }
  const {
    name,
    type: _type,
    priority,
    interval,
    timeout,
    failures,
    recoveries,
    retry_interval,
    counts,
    from,
    agree,
    ...options
  } = parsed.data as z.output<z.ZodObject<typeof checkBase>> & Record<string, unknown>;
  const suggested = type.cadence?.(options) ?? {};
  const intervalMs = interval ?? suggested.intervalMs ?? defaults.interval;
  const timeoutMs = timeout ?? Math.min(suggested.timeoutMs ?? defaults.timeout, intervalMs);
  const retryIntervalMs = Math.min(
    retry_interval ??
      suggested.retryIntervalMs ??
      defaults.retry_interval ??
      defaultRetryIntervalMs(intervalMs),
    intervalMs,
  );
  if (timeoutMs > intervalMs) {
    const problem = `the timeout (${timeoutMs} ms) is longer than the interval (${intervalMs} ms); expected at most the interval`;
    return [file.problem([...path, 'timeout'], problem)];
  }
  if (retry_interval !== undefined && retry_interval > intervalMs) {
    return [
      file.problem([...path, 'retry_interval'], 'longer than the interval; expected at most the interval'),
    ];
  }
  const cadence: Cadence = {
    intervalMs,
    timeoutMs,
    retryIntervalMs,
    failures: failures ?? suggested.failures ?? defaults.failures,
    recoveries: recoveries ?? suggested.recoveries ?? defaults.recoveries,
  };
  const facts = { name: target.name, address: target.address, url: target.url };
  const prepared = prepareCheck(type, options, facts);
  if (prepared.is === 'problem') {
    const found = prepared.path.length === 0 ? 'the check is incomplete' : 'the value is not valid';
    return [file.problem([...path, ...prepared.path], `${found}; expected ${prepared.expected}`)];
  }
  const places = [
    { from, agree, path },
    { from: target.from, agree: target.agree, path: path.slice(0, -2) },
  ];
  const isReceived = prepared.beatToken !== undefined;
  const seenFrom = buildSeenFrom(places, defaults, defaults.locations, isReceived, file);
  if (Array.isArray(seenFrom)) return seenFrom;
  const order = { type: raw.type, options: ownKeys(type, raw), target: facts };
  const check: Check = {
    name: name ?? raw.type,
    type: raw.type,
    priority: priority ?? target.priority,
    cadence,
    ...(counts === false && { counts }),
    subject: prepared.subject,
    ...(seenFrom && { seenFrom }),
    fingerprint: hash(
      'sha1',
      JSON.stringify([raw, cadence, facts, ...(seenFrom ? [seenFrom] : [])]),
      'base64',
    ),
  };
  return { check, prepared, ...(seenFrom && { order }) };
}

function checkNames(
  { targets, prepared, problems }: BuiltTargets,
  files: readonly YamlFile[],
  locations: readonly string[],
): void {
  const byName = new Map<string, Target>();
  const complain = (target: Target, problem: string) => {
    const { file, line } = target.source;
    problems.push({ file, line, path: target.name, problem });
  };
  for (const target of targets) {
    const first = byName.get(target.name);
    if (first && !isDeepStrictEqual(first.source, target.source)) {
      const where = `${first.source.file}:${first.source.line}`;
      complain(target, `the name is taken by the target at ${where}; expected a unique name`);
    } else byName.set(target.name, target);
  }
  const own = byName.get(OWN_TARGET);
  if (own)
    complain(own, `the name "${OWN_TARGET}" is reserved for the monitor itself; expected another name`);
  for (const location of locations) {
    const taken = byName.get(locationTargetName(location));
    if (taken) complain(taken, `the name is reserved for the location "${location}"; expected another name`);
  }
  const byToken = new Map<string, string>();
  for (const target of targets) {
    for (const { name } of target.checks) {
      const identity = checkIdentity(target.name, name);
      const token = prepared.get(identity)?.beatToken;
      if (token === undefined) continue;
      const other = byToken.get(token);
      if (other)
        complain(target, `${identity} and ${other} have the same token; expected a different token for each`);
      else byToken.set(token, identity);
    }
  }
  // Parents may be in a file that could not be read; that file's error is enough.
  if (files.some((file) => file.problems.length > 0)) return;
  const named = new Set(files.flatMap(writtenNames));
  for (const target of targets) {
    for (const parent of parentNames(target)) {
      if (named.has(parent)) continue;
      const near = nearest(parent, [...named]);
      complain(
        target,
        `depends on "${parent}", which is not a target${near ? `; did you mean "${near}"?` : ''}`,
      );
    }
  }
  const cycle = findCycle(byName);
  if (cycle) complain(byName.get(cycle[0]!)!, `depends on itself: ${cycle.join(' → ')}; expected no cycle`);
}

/** Names of all targets in the file, including those with errors. */
function writtenNames({ value }: YamlFile): string[] {
  const { targets } = (value ?? {}) as { targets?: unknown };
  return (Array.isArray(targets) ? targets : []).flatMap((target: unknown) => {
    const { name } = (target ?? {}) as { name?: unknown };
    return typeof name === 'string' ? [name] : [];
  });
}

function findCycle(targets: ReadonlyMap<string, Target>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, trail: string[]): string[] | undefined => {
    const seenAt = trail.indexOf(name);
    if (seenAt !== -1) return [...trail.slice(seenAt), name];
    if (done.has(name)) return undefined;
    const target = targets.get(name);
    for (const parent of target ? parentNames(target) : []) {
      const cycle = visit(parent, [...trail, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of targets.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}
