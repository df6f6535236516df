import type { Target } from './target.ts';

/** Dependencies between targets. The config loader has rejected cycles. */
export class Family {
  readonly #byName: ReadonlyMap<string, Target>;
  readonly #children = new Map<string, Target[]>();

  constructor(targets: readonly Target[]) {
    this.#byName = new Map(targets.map((target) => [target.name, target]));
    for (const target of targets) {
      for (const parent of parentNames(target)) {
        const siblings = this.#children.get(parent);
        if (siblings) siblings.push(target);
        else this.#children.set(parent, [target]);
      }
    }
  }

  get(name: string): Target | undefined {
    return this.#byName.get(name);
  }

  /** All targets that the target depends on, directly or not. */
  ancestors(target: Target): Set<Target> {
    return reached(target, (one) => parentNames(one).flatMap((name) => this.#byName.get(name) ?? []));
  }

  /** All targets that depend on the target, directly or not. */
  descendants(target: Target): Set<Target> {
    return reached(target, ({ name }) => this.#children.get(name) ?? []);
  }
}

export const parentNames = ({ dependsOn }: Target): string[] => dependsOn.flatMap(({ anyOf }) => anyOf);

function reached(from: Target, next: (target: Target) => readonly Target[]): Set<Target> {
  const found = new Set<Target>();
  const open = [from];
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    for (const one of next(target)) {
      if (found.has(one)) continue;
      found.add(one);
      open.push(one);
    }
  }
  return found;
}
