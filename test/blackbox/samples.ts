/** `name{labels}` with the labels in order, and what it is. */
export type Samples = ReadonlyMap<string, number>;

/** The samples of Prometheus' text format. */
export function samplesOf(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`not a sample: ${line}`);
    const parts = [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(([part]) => part).sort();
    samples.set(parts.length === 0 ? name : `${name}{${parts.join(',')}}`, Number(value));
  }
  return samples;
}
