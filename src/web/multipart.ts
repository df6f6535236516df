import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GivenFile } from '../desk/attachments.ts';
import { HttpProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Files of the form. */
    attached?: GivenFile[];
  }
}

/** Forms with files: their fields become the body, as with any other form. */
export async function takeForms(
  server: FastifyInstance,
  limits: () => { largestBytes: number; most: number },
): Promise<void> {
  const { most } = limits();
  await server.register(multipart, {
    limits: { fields: 60, fieldSize: 100_000, files: most, parts: 60 + most },
  });
  server.addHook('preValidation', async (request: FastifyRequest) => {
    if (!request.isMultipart()) return;
    const fields: Record<string, string> = {};
    const files: GivenFile[] = [];
    try {
      for await (const part of request.parts({ limits: { fileSize: limits().largestBytes + 1 } })) {
        if (part.type === 'file') {
          const bytes = await contentOf(part);
          if (part.filename !== '' && bytes.length > 0) files.push({ name: part.filename ?? 'file', bytes });
        } else if (typeof part.value === 'string') fields[part.fieldname] = part.value;
      }
    } catch (error) {
      const { code } = error as { code?: string };
      throw new HttpProblem(
        413,
        'Too much',
        `The form holds more than is taken (${code ?? 'unknown'}): at most ${limits().most} files.`,
      );
    }
    request.body = fields;
    request.attached = files;
  });
}

/** What is beyond the limit is read and dropped; that it was too large shows in its length. */
async function contentOf(part: MultipartFile): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of part.file) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
