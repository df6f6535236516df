import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { PROJECT } from '../support/watchdesk-process.ts';

/** Where texts for people are made: all of these rooms take them from the catalogue. */
export const ROOMS_WITH_TEXTS = [
  'src/web',
  'src/core',
  'src/channels',
  'src/hotline',
  'src/desk',
  'src/mail',
  'src/status',
  'src/answering',
  'src/watchdog',
  'src/delivery',
  'src/incidents',
  'src/service',
  'src/access',
];

export interface TextUse {
  file: string;
  line: number;
  /** `*` for what is known at run time alone. */
  key: string;
  /** Names of the values given; undefined where they are not written out there. */
  values: readonly string[] | undefined;
}

export interface Stray {
  file: string;
  line: number;
  text: string;
}

interface Node {
  type: string;
  start: number;
  [field: string]: unknown;
}

/** Every use of the catalogue in one file, and every text for people that stands beside it. */
export function textsIn(file: string): { uses: TextUse[]; strays: Stray[] } {
  const source = readFileSync(join(PROJECT, file), 'utf8');
  // Types become blanks, so that places stay what they are.
  const program = parseAst(stripTypeScriptTypes(source, { mode: 'strip' })) as unknown as Node;
  const uses: TextUse[] = [];
  const isOfCatalogue = /from '[./]+\/(?:text\/say|markup)\.ts'/.test(source);
  const strays: Stray[] = [];
  const lineOf = (node: Node): number => source.slice(0, node.start).split('\n').length;
  const stray = (node: Node, text: string): void => {
    strays.push({ file, line: lineOf(node), text: text.replace(/\s+/g, ' ').trim() });
  };
  const visit = (node: Node): void => {
    if (isForDevelopers(node)) return;
    if (
      isOfCatalogue &&
      node.type === 'CallExpression' &&
      ['say', 'markup'].includes(nameOf(node.callee as Node))
    ) {
      const [key, values] = node.arguments as Node[];
      for (const one of keysOf(key!))
        uses.push({ file, line: lineOf(node), key: one, values: givenBy(values) });
      if (values) visit(values);
      return;
    }
    if (node.type === 'TaggedTemplateExpression' && nameOf(node.tag as Node) === 'html') {
      const quasi = node.quasi as Node;
      const shown = shownByMarkup((quasi.quasis as Node[]).map((one) => cooked(one)));
      if (!isAttribute(shown)) for (const text of shown) if (isForPeople(text)) stray(node, text);
      for (const one of quasi.expressions as Node[]) visit(one);
      return;
    }
    if (node.type === 'MemberExpression' && (node.property as Node).type === 'Literal') {
      visit(node.object as Node);
      return;
    }
    if (node.type === 'Literal' && typeof node.value === 'string' && isSentence(node.value))
      stray(node, node.value);
    if (node.type === 'TemplateLiteral') {
      const text = (node.quasis as Node[]).map(cooked).join('{}');
      if (isSentence(text)) stray(node, text);
    }
    for (const child of childrenOf(node)) visit(child);
  };
  visit(program);
  return { uses, strays };
}

/** `src/web/pages/wall.ts` …, of all rooms or of the paths given. */
export function filesOf(rooms: readonly string[]): string[] {
  return rooms.flatMap((room) =>
    room.endsWith('.ts')
      ? [room]
      : readdirSync(join(PROJECT, room), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts'))
          .map((name) => join(room, name)),
  );
}

/** `selected`, `aria-current="page"`: put into the tag of another template. */
const isAttribute = (shown: readonly string[]): boolean =>
  shown.length === 1 && /^([a-z-]+(="[^"]*")?\s*)+$/.test(shown[0]!);

const cooked = (element: Node): string => (element.value as { cooked: string | null }).cooked ?? '';

const nameOf = (node: Node): string => (node.type === 'Identifier' ? (node.name as string) : '');

function* childrenOf(node: Node): Generator<Node> {
  for (const [field, value] of Object.entries(node)) {
    if (field === 'type') continue;
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== null && typeof one === 'object' && 'type' in one) yield one as Node;
  }
}

const DOCUMENTING = new Set(['summary', 'setup', 'example', 'description']);

/** What only a developer or a schema reads: thrown bugs, descriptions of schemas, patterns, imports. */
function isForDevelopers(node: Node): boolean {
  if (node.type === 'ImportDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source))
    return true;
  // A key of an object, and what documents a route or a plug.
  if (node.type === 'Property' && DOCUMENTING.has(nameOf(node.key as Node)))
    return ['Literal', 'TemplateLiteral'].includes((node.value as Node).type);
  if (node.type === 'NewExpression') return /Error$|^RegExp$/.test(nameOf(node.callee as Node));
  if (node.type !== 'CallExpression') return false;
  const callee = node.callee as Node;
  return callee.type === 'MemberExpression' && ['describe', 'meta'].includes(nameOf(callee.property as Node));
}

/** `a` or `b` for `say(isOne ? 'a' : 'b')`; `*` stands for what a template fills in. */
function keysOf(node: Node): string[] {
  if (node.type === 'Literal') return [String(node.value)];
  if (node.type === 'ConditionalExpression')
    return [...keysOf(node.consequent as Node), ...keysOf(node.alternate as Node)];
  if (node.type === 'TemplateLiteral') return [(node.quasis as Node[]).map(cooked).join('*')];
  return ['*'];
}

function givenBy(values: Node | undefined): readonly string[] | undefined {
  if (!values) return [];
  if (values.type !== 'ObjectExpression') return undefined;
  const properties = values.properties as Node[];
  if (properties.some(({ type }) => type !== 'Property')) return undefined;
  return properties.map(({ key }) => {
    const node = key as Node;
    return node.type === 'Identifier' ? nameOf(node) : String(node.value);
  });
}

/** Texts and spoken attributes of a template of markup. */
function shownByMarkup(quasis: readonly string[]): string[] {
  const markup = quasis.join('\u0000');
  const spoken = [...markup.matchAll(/\s(?:title|placeholder|alt|aria-label)="([^"]*)"/g)].map(
    ([, text]) => text!,
  );
  const texts = markup
    .replace(/<(style|script)[^]*?<\/\1>/g, '\u0001')
    .replace(/<[^>]*>/g, '\u0001')
    .split('\u0001');
  return [...texts, ...spoken].map((text) => text.replaceAll('\u0000', ' ').trim());
}

/** Between tags every word is read by somebody; a product's name is the same in all languages. */
const isForPeople = (text: string): boolean =>
  /\p{L}{2,}/u.test(text.replaceAll('Watchdesk', '').replace(/&[a-z]+;/g, ''));

/** Outside of markup: more than one word, as a sentence or a label has them. */
const isSentence = (text: string): boolean =>
  (!/^(\{\})?\s*<|^(event|retry): /.test(text) && /\p{L}[\p{L}’',.:]* \p{L}{2,}/u.test(text)) ||
  /^\p{Lu}\p{Ll}+(?:[.:!?…]|$)/u.test(text);

if (import.meta.main) {
  const files = filesOf(process.argv.length > 2 ? process.argv.slice(2) : ROOMS_WITH_TEXTS);
  for (const { file, line, text } of files.flatMap((one) => textsIn(one).strays))
    console.log(`${file}:${line}: ${text.slice(0, 140)}`);
}
