import multipart, { type Multipart, type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GivenFile } from '../desk/attachments.ts';
import { say } from '../text/say.ts';
import { HttpProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    takesFiles?: boolean;
  }
  interface FastifyRequest {
    /** Files uploaded with the form. */
    attached?: GivenFile[];
  }
}

/** Per form. */
const MOST_BYTES = 40 * 1_048_576;
/** Longer than any text field that a form accepts. */
const FIELD_BYTES = 300_000;
/** Marks a route that accepts files: uploads to any other route are not kept in memory. */
export const takesFiles = <Config extends object>({ config }: { config: Config }) => ({
  config: { ...config, takesFiles: true as const },
});

/** Parses forms with files: their fields become the body, as with any other form. */
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
      throw new HttpProblem(415, say('desk.invalid-request'), say('desk.no-files-here'));
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
          throw tooLarge(say('desk.field-too-long', { field: part.fieldname.slice(0, 40) }));
        } else if (typeof part.value === 'string') fields[part.fieldname] = part.value;
      }
    } catch (error) {
      if (error instanceof HttpProblem) throw error;
      const { code } = error as { code?: string };
      if (code === 'FST_FILES_LIMIT' || code === 'FST_PARTS_LIMIT')
        throw tooLarge(say('desk.too-many-files', { count: limits().most }));
      throw new HttpProblem(
        400,
        say('desk.invalid-request'),
        say('desk.form-unreadable', { reason: code ?? 'unknown' }),
      );
    }
    request.body = fields;
    request.attached = files;
  });
}

const tooLarge = (detail: string): HttpProblem => new HttpProblem(413, say('desk.form-too-large'), detail);

/** Bytes beyond the limit are read and dropped; the length shows that the file was too large. */
async function contentOf(part: MultipartFile, mostBytes: number): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of part.file) {
    length += (piece as Buffer).length;
    if (length > mostBytes) throw tooLarge(say('desk.files-too-large', { size: MOST_BYTES / 1_048_576 }));
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}
