import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import { EVERYBODY } from './may.ts';

const ASSETS = {
  'style.css': 'text/css',
  'live.js': 'text/javascript',
  'icon.svg': 'image/svg+xml',
  'icon-down.svg': 'image/svg+xml',
} as const;

export async function addAssets(server: FastifyInstance): Promise<void> {
  for (const [name, type] of Object.entries(ASSETS)) {
    const bytes = await readFile(join(PROGRAM_FOLDER, 'src/web/assets', name));
    // The public page has them below its own path: often nothing else is open to the public.
    for (const path of [`/assets/${name}`, `/status/assets/${name}`]) {
      server.get(path, EVERYBODY, (_request, reply) =>
        reply
          .header('content-type', `${type}; charset=utf-8`)
          .header('cache-control', 'max-age=300')
          .send(bytes),
      );
    }
  }
}
