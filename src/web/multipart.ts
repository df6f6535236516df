import multipart, { type Multipart, type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GivenFile } from '../desk/attachments.ts';
import { HttpProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    takesFiles?: boolean;
  }
  interface FastifyRequest {
    /** Files of the form. */
    attached?: GivenFile[];
  }
}

/** With one form. */
const MOST_BYTES = 40 * 1_048_576;
/** Longer than any text that a form takes. */
const FIELD_BYTES = 300_000;
/** A route that takes them: nobody else's bytes are held. */
export const TAKES_FILES = { config: { takesFiles: true } };

/** Forms with files: their fields become the body, as with any other form. */
export async function takeForms(
  server: FastifyInstance,
  limits: () => { largestBytes: number; most: number },
): Promise<void> {
  const { most } = limits();
  await server.register(multipart, {
    throwFileSizeLimit: false,
    limits: { fields: 60, fieldSize: FIELD_BYTES, files: most, parts: 60 + most },
  });
  server.addHook('preValidation', async (request: FastifyRequest) => {
    if (!request.isMultipart()) return;
    if (!request.routeOptions.config.takesFiles) {
      throw new HttpProblem(415, 'Invalid request', 'This form does not accept files.');
    }
    const fields: Record<string, string> = {};
    const files: GivenFile[] = [];
    let sum = 0;
    try {
      for await (const part of request.parts({
        limits: { fileSize: limits().largestBytes + 1 },
      }) as AsyncIterable<Multipart>) {
        if (part.type === 'file') {
          const bytes = await contentOf(part, MOST_BYTES - sum);
          sum += bytes.length;
          if (part.filename !== '' && bytes.length > 0) files.push({ name: part.filename ?? 'file', bytes });
        } else if (part.valueTruncated) {
          throw Object.assign(new Error('too much'), {
            code: `the field "${part.fieldname.slice(0, 40)}" is too long`,
          });
        } else if (typeof part.value === 'string') fields[part.fieldname] = part.value;
      }
    } catch (error) {
      const { code } = error as { code?: string };
      throw new HttpProblem(
        413,
        'Form too large',
        `The form is too large (${code ?? 'unknown'}). Attach at most ${limits().most} files and try again.`,
      );
    }
    request.body = fields;
    request.attached = files;
  });
}

/** What is beyond the limit is read and dropped; that it was too large shows in its length. */
async function contentOf(part: MultipartFile, mostBytes: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of part.file) {
    length += (piece as Buffer).length;
    if (length > mostBytes) throw Object.assign(new Error('too much'), { code: 'FORM_TOO_LARGE' });
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}
