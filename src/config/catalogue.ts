import { fileURLToPath } from 'node:url';
import type { ChannelType } from '../paging/channel.ts';
import { loadRegistry } from '../probing/registry.ts';
import type { HelpdeskType } from '../tickets/helpdesk.ts';
import type { Catalogue } from './config.ts';
import { loadTypes } from './load-types.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Everything that a config can name, and what is wrong with files that should have been check types. */
export async function loadCatalogue(): Promise<{ catalogue: Catalogue; problems: string[] }> {
  const [registry, helpdeskTypes, channelTypes] = await Promise.all([
    loadRegistry(folder('checks')),
    loadTypes<HelpdeskType>(folder('src/tickets')),
    loadTypes<ChannelType>(folder('src/paging')),
  ]);
  return {
    catalogue: { checkTypes: registry.types, helpdeskTypes, channelTypes },
    problems: registry.problems,
  };
}
