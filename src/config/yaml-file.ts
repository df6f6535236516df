import {
  LineCounter,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
} from 'yaml';
import { neutraliseLine } from '../core/neutralise.ts';
import { pathText, type ConfigProblem } from './config-problem.ts';

/** People write the config; a megabyte of it is a mistake. */
export const MAX_FILE_BYTES = 1_048_576;

/** Resolves `${NAME}` and `${file:/path}`; passed in, so that a test needs no environment of its own. */
export interface Surroundings {
  variable(name: string): string | undefined;
  /** The file's text, or why it cannot be read. */
  file(path: string): { text: string } | { problem: string };
}

/** One YAML file, read once: its value, and the line of everything in it. */
export class YamlFile {
  readonly name: string;
  readonly problems: ConfigProblem[] = [];
  /** Values substituted from the environment or from files that look like secrets. */
  readonly secrets: string[] = [];
  /** Values of unquoted `${…}`: text, unless only another type is allowed there. */
  readonly substituted = new Set<string>();
  /** Files named by `${file:…}`, whether they could be read or not. */
  readonly read: string[] = [];
  value: unknown;
  #text: string | undefined;
  readonly #lines = new LineCounter();
  readonly #itemLines = new Map<string, number[]>();
  #document: Document | undefined;
  /** The file that supplies what this one leaves out. */
  #below: YamlFile | undefined;

  /** Without `surroundings`, `${…}` is left as it is. */
  constructor(name: string, bytes: Uint8Array, surroundings?: Surroundings) {
    this.name = name;
    const text = this.#decode(bytes);
    if (text === undefined) return;
    this.#text = text;
    const document = this.#parseQuoting(text);
    for (const error of document.errors) {
      const { line } = this.#lines.linePos(error.pos[0]);
      const duplicate = error.code === 'DUPLICATE_KEY';
      const problem = duplicate
        ? 'duplicate key; expected each key once'
        : `not valid YAML: ${error.message}`;
      this.problems.push({ file: name, line, path: '', problem });
    }
    if (document.errors.length > 0) return;
    this.#document = undefined;
    keepDigits(document);
    if (surroundings) this.#substitute(document, surroundings);
    this.#noteItemLines(document);
    try {
      this.value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      const problem = `not usable YAML: ${error instanceof Error ? error.message : String(error)}`;
      this.problems.push({ file: name, path: '', problem });
    }
    if (this.value === null) {
      this.problems.push({
        file: name,
        path: '',
        problem: 'the file is empty; add settings or delete it',
      });
    }
  }

  /**
   * Lays this file over another one: its top-level mappings are merged key by key, and its values win. A problem is
   * reported for the file that holds the value.
   */
  over(below: YamlFile): void {
    this.#below = below;
    this.secrets.push(...below.secrets);
    for (const text of below.substituted) this.substituted.add(text);
    this.read.push(below.name, ...below.read);
    if (!isMapping(this.value) || !isMapping(below.value)) return;
    const merged: Record<string, unknown> = { ...below.value };
    for (const [key, value] of Object.entries(this.value)) {
      const under = merged[key];
      merged[key] = isMapping(value) && isMapping(under) ? { ...under, ...value } : value;
    }
    this.value = merged;
  }

  /** The file that holds that value. */
  #fileOf(path: readonly PropertyKey[]): YamlFile {
    const [top, next] = path;
    if (!this.#below || top === undefined) return this;
    const own = this.#nodeAt([top]);
    if (own === undefined) return this.#below.#nodeAt([top]) === undefined ? this : this.#below;
    const isBelow = next !== undefined && isMap(own) && this.#nodeAt([top, next]) === undefined;
    return isBelow && this.#below.#nodeAt([top, next]) !== undefined ? this.#below : this;
  }

  /** A problem with the value at `path`, at its line. */
  problem(path: readonly PropertyKey[], problem: string): ConfigProblem {
    const file = this.#fileOf(path);
    if (file !== this) return file.problem(path, problem);
    return { file: this.name, line: this.lineOf(path), path: pathText(path), problem };
  }

  /** A problem with a key itself: at the key's line, not the value's. */
  keyProblem(path: readonly PropertyKey[], key: string, problem: string): ConfigProblem {
    const file = this.#fileOf([...path, key]);
    if (file !== this) return file.keyProblem(path, key, problem);
    const parent = this.#nodeAt(path);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const line = this.#lineOfNode(pair?.key as Node | undefined) ?? this.lineOf(path);
    return { file: this.name, line, path: pathText([...path, key]), problem };
  }

  /** The line of the value, or of the nearest enclosing node that exists. */
  lineOf(path: readonly PropertyKey[]): number | undefined {
    const [list, index] = path;
    if (path.length === 2 && typeof index === 'number') {
      const line = this.#itemLines.get(String(list))?.[index];
      if (line !== undefined) return line;
    }
    for (let length = path.length; length >= 0; length--) {
      const line = this.#lineOfNode(this.#nodeAt(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return undefined;
  }

  #parse(text: string): Document {
    this.#lines.lineStarts.length = 0;
    return parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      stringKeys: true,
      // `<<: *name`: a YAML 1.1 feature still in common use.
      merge: true,
    });
  }

  /** Reports an unquoted `${…}` in `{ … }` or `[ … ]` once, in our words, and still reads the rest of the file. */
  #parseQuoting(text: string): Document {
    const document = this.#parse(text);
    if (document.errors.length === 0 || !text.includes('${')) return document;
    const { quoted, lines, first } = withQuotes(text);
    if (lines.length === 0) return document;
    const mended = this.#parse(quoted);
    if (mended.errors.length > 0) return this.#parse(text);
    const where = lines.length === 1 ? '' : ` (lines ${listed(lines)})`;
    this.problems.push({
      file: this.name,
      line: lines[0]!,
      path: '',
      // Without its default, which may be a secret.
      problem: `put \${…} in quotes inside { } and [ ]${where}: "${neutraliseLine(first.replace(/:-.*\}$/s, ':-…}'), 60)}"`,
    });
    this.#text = quoted;
    return mended;
  }

  /**
   * Keeps the line of each item in the top-level lists. The document tree is dropped, as it takes twenty times the
   * memory of its content, and is parsed again when there is a problem.
   */
  #noteItemLines({ contents }: Document): void {
    if (!isMap(contents)) return;
    for (const { key, value } of contents.items) {
      if (!isScalar(key) || !isSeq(value)) continue;
      const lines = value.items.map((item) => this.#lineOfNode(item as Node) ?? 1);
      this.#itemLines.set(String(key.value), lines);
    }
  }

  #decode(bytes: Uint8Array): string | undefined {
    const file = this.name;
    if (bytes.length > MAX_FILE_BYTES) {
      this.problems.push({
        file,
        path: '',
        problem: `${bytes.length} bytes; expected at most ${MAX_FILE_BYTES}`,
      });
      return undefined;
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      const line = firstBadLine(bytes);
      this.problems.push({ file, line, path: '', problem: 'not UTF-8 text; save the file as UTF-8' });
      return undefined;
    }
  }

  #substitute(document: Document, surroundings: Surroundings): void {
    visit(document, {
      Scalar: (key, node) => {
        if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
        const whole = node.type === 'PLAIN' && /^\$\{[^}]*\}$/.test(node.value);
        const replaced = this.#replace(node.value, node, surroundings);
        if (whole) this.substituted.add(replaced);
        node.value = replaced;
      },
    });
  }

  #replace(text: string, node: Node, surroundings: Surroundings): string {
    return text.replace(/\$(\$\{)|\$\{([^}]*)\}/g, (_all, escaped: string | undefined, inside: string) => {
      if (escaped) return escaped;
      const complain = (problem: string) => {
        this.problems.push({ file: this.name, line: this.#lineOfNode(node), path: '', problem });
        return '';
      };
      if (inside.startsWith('file:')) {
        const path = inside.slice(5);
        this.read.push(path);
        const read = surroundings.file(path);
        if ('problem' in read) return complain(`\${file:${path}} cannot be read: ${read.problem}`);
        const value = read.text.replace(/\r?\n$/, '');
        if (!/-----BEGIN [A-Z ]*CERTIFICATE-----/.test(value)) this.secrets.push(value);
        return value;
      }
      const match = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inside);
      if (!match) {
        const shown = neutraliseLine(inside, 60);
        return complain(
          `\${${shown}} is not a valid reference; expected \${NAME}, \${NAME:-default} or \${file:/path}`,
        );
      }
      const [, name, otherwise] = match;
      const value = surroundings.variable(name!);
      if (value !== undefined && value !== '') {
        if (/token|key|secret|pass|auth|sid|credential/i.test(name!)) this.secrets.push(value);
        return value;
      }
      if (otherwise !== undefined) return otherwise;
      return complain(`\${${name}} is not set in the environment; set it, or write \${${name}:-default}`);
    });
  }

  #nodeAt(path: readonly PropertyKey[]): Node | undefined {
    if (this.#document === undefined && this.#text !== undefined) {
      this.#document = this.#parse(this.#text);
    }
    let node: unknown = this.#document?.contents;
    for (const key of path) {
      if (!isCollection(node)) return undefined;
      node = node.get(typeof key === 'number' ? key : String(key), true);
    }
    return (node as Node | undefined) ?? undefined;
  }

  #lineOfNode(node: Node | undefined): number | undefined {
    return node?.range ? this.#lines.linePos(node.range[0]).line : undefined;
  }
}

/** Keeps a whole number beyond 2^53 as text, as written: as a number it would change its value. */
function keepDigits(document: Document): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'number' || Number.isSafeInteger(node.value)) return;
      if (node.source !== undefined && /^[-+]?\d+$/.test(node.source)) node.value = node.source;
    },
  });
}

/** The text with every unquoted value `${…}` put in quotes. Lines count from 1. */
function withQuotes(text: string): { quoted: string; lines: number[]; first: string } {
  const lines: number[] = [];
  let first = '';
  const quoted = text
    .split('\n')
    .map((line, index) => {
      if (!line.includes('${')) return line;
      // Strings and comments stay unchanged.
      const parts =
        /("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:^|\s)#.*$)|(?<=[:,[{]\s*)(\$\{[^}"'\n]*\})(?=\s*(?:[,\]}]|\s#|$))/g;
      return line.replace(parts, (all: string, kept: string | undefined, reference: string | undefined) => {
        if (kept !== undefined || reference === undefined) return all;
        if (lines.at(-1) !== index + 1) lines.push(index + 1);
        first ||= reference;
        return `'${reference}'`;
      });
    })
    .join('\n');
  return { quoted, lines, first };
}

const listed = (lines: readonly number[]): string =>
  lines.length <= 8 ? lines.join(', ') : `${lines.slice(0, 8).join(', ')} and ${lines.length - 8} more`;

const isMapping = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (let index = 0; index <= bytes.length; index++) {
    if (index < bytes.length && bytes[index] !== 10) continue;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(start, index));
    } catch {
      return line;
    }
    line++;
    start = index + 1;
  }
  return line;
}
