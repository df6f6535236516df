/** One problem of the config: what is wrong, where, what was expected, how to fix it. */
export interface ConfigProblem {
  /** Path as the operator would open it. */
  file: string;
  /** 1-based; absent when the problem is the file as a whole. */
  line?: number;
  /** `targets[0].checks[1].interval`; empty when the problem is the file as a whole. */
  path: string;
  /** What is wrong, with the value found, as one sentence without a full stop. */
  problem: string;
}

/** `config/targets/shop.yaml:12: targets[0].name: found 7, expected text` */
export function problemLine({ file, line, path, problem }: ConfigProblem): string {
  const where = line === undefined ? file : `${file}:${line}`;
  return path === '' ? `${where}: ${problem}` : `${where}: ${path}: ${problem}`;
}

export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(String(key))) text += text === '' ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}
