import type { Target } from './target.ts';

/** Who depends on whom. The config has seen to it that there is no circle. */
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

  /** Everything that the target hangs on, all the way up. */
  ancestors(target: Target): Set<Target> {
    return reached(target, (one) => parentNames(one).flatMap((name) => this.#byName.get(name) ?? []));
  }

  /** Everything that hangs on the target, all the way down. */
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
