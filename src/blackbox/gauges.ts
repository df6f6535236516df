import { familyHead, labelText } from '../observe/exposition.ts';
import { PROBE_HELP, type ProbeFamilyName } from '../observe/probe-help.ts';

type Labels = Readonly<Record<string, string>>;

/** The gauges of one probe. */
export class Gauges {
  readonly #families = new Map<ProbeFamilyName, Map<string, number>>();

  set(name: ProbeFamilyName, value: number, labels: Labels = {}): void {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = new Map<string, number>()));
    family.set(labelText(labels), value);
  }

  add(name: ProbeFamilyName, value: number, labels: Labels = {}): void {
    this.set(name, (this.#families.get(name)?.get(labelText(labels)) ?? 0) + value, labels);
  }

  text(): string {
    const names = [...this.#families.keys()].sort();
    return names
      .map((name) => {
        const samples = [...this.#families.get(name)!].sort(([a], [b]) => (a < b ? -1 : 1));
        const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`).join('');
        return familyHead(name, PROBE_HELP[name], 'gauge', 'text') + lines;
      })
      .join('');
  }
}

export const inSeconds = (ms: number): number => Math.round(ms * 1_000) / 1_000_000;
