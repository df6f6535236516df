import { isAbsolute, join } from 'node:path';
import type { ChannelType } from '../channels/channel.ts';
import { loadRegistry } from '../probing/registry.ts';
import { nameProduct } from '../core/product-names.ts';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import type { HelpdeskType } from '../helpdesks/helpdesk.ts';
import type { Catalogue } from './config.ts';
import { loadTypes } from './load-types.ts';
import { readBytes } from './read-files.ts';
import { YamlFile } from './yaml-file.ts';

/**
 * All types that a config can name, and what is wrong with files that should define one. With the folder of a config,
 * includes its `plugins`.
 */
export async function loadCatalogue(
  configFolder?: string,
): Promise<{ catalogue: Catalogue; problems: string[] }> {
  const [registry, helpdeskTypes, channelTypes] = await Promise.all([
    loadRegistry(join(PROGRAM_FOLDER, 'checks')),
    loadTypes<HelpdeskType>(join(PROGRAM_FOLDER, 'src/helpdesks')),
    loadTypes<ChannelType>(join(PROGRAM_FOLDER, 'src/channels')),
  ]);
  for (const { type, product } of helpdeskTypes.values()) if (product) nameProduct(type, product);
  const brought = { checkTypes: registry.types, helpdeskTypes, channelTypes };
  const plugins = configFolder === undefined ? undefined : await pluginsFolder(configFolder);
  if (plugins === undefined) return { catalogue: brought, problems: registry.problems };
  // Loaded only if there are plugins: few installations have any.
  const { withPlugins } = await import('../plugins/load-plugins.ts');
  const { types, problems } = await withPlugins(plugins, brought);
  for (const { type, product } of types.helpdeskTypes.values()) if (product) nameProduct(type, product);
  return { catalogue: types, problems: [...registry.problems, ...problems] };
}

/** Read before everything else, because the schema depends on it; problems of the file are reported when it is read. */
async function pluginsFolder(configFolder: string): Promise<string | undefined> {
  const path = join(configFolder, 'watchdesk.yaml');
  const bytes = await readBytes(path);
  if (typeof bytes === 'string') return undefined;
  const named = (new YamlFile(path, bytes).value as { plugins?: unknown } | undefined)?.plugins;
  if (typeof named !== 'string' || named === '') return undefined;
  return isAbsolute(named) ? named : join(configFolder, named);
}
