import { neutralise } from '../../core/neutralise.ts';

/*
 * Atlassian Document Format: text is kept in nodes of its own, so nothing in it can become a link or a mention.
 * https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
 */

/** Lines as they are, in a monospaced font: tables of label and value stay aligned. */
export function adfCode(text: string, limit: number) {
  const content = neutralise(text, limit);
  return document([
    {
      type: 'codeBlock',
      attrs: { language: 'text' },
      ...(content !== '' && { content: [{ type: 'text', text: content }] }),
    },
  ]);
}

/** An empty line separates paragraphs; a single line break stays one. */
export function adfText(text: string, limit: number) {
  const paragraphs = neutralise(text, limit).split(/\n{2,}/);
  return document(
    paragraphs.map((paragraph) => ({
      type: 'paragraph',
      content: paragraph.split('\n').flatMap((line, index) => [
        ...(index > 0 ? [{ type: 'hardBreak' }] : []),
        // Jira rejects an empty text node.
        ...(line === '' ? [] : [{ type: 'text', text: line }]),
      ]),
    })),
  );
}

const document = (content: unknown[]) => ({ type: 'doc', version: 1, content });

/** All text of a document, whatever its nodes are. */
export function adfToText(node: unknown): string {
  if (typeof node === 'string') return node;
  if (node === null || typeof node !== 'object') return '';
  const { text, content } = node as { text?: unknown; content?: unknown[] };
  return (typeof text === 'string' ? text : '') + (content ?? []).map(adfToText).join('');
}
