import { isMail } from '../channels/shared/addressing.ts';
import type { Target } from '../core/target.ts';
import type { StatusComponent, StatusSettings } from '../status/status-settings.ts';
import type { Config } from './config.ts';
import type { ConfigProblem } from './config-problem.ts';
import { nearest } from './explain-issues.ts';
import { localUrl } from './local-url.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Builds the public status page's settings; names used in them must exist. */
export function buildStatus(
  main: YamlFile,
  { status_page: given, server }: WatchdeskFile,
  { targets, channels, publicUrl }: Pick<Config, 'targets' | 'channels' | 'publicUrl'>,
  problems: ConfigProblem[],
): StatusSettings | undefined {
  if (!given) return undefined;
  const { title, listen, url, components, priorities, subscribe, report, phone } = given;
  if (subscribe !== undefined && !isMail(channels.get(subscribe)?.type ?? {})) {
    const mail = [...channels].filter(([, { type }]) => isMail(type)).map(([name]) => name);
    const hint = mail.length > 0 ? `known: ${mail.join(', ')}` : 'there is none under `channels` yet';
    problems.push(
      main.problem(
        ['status_page', 'subscribe'],
        `found "${subscribe}", expected a channel that sends mail; ${hint}`,
      ),
    );
  }
  return {
    title,
    ...(listen && { listen }),
    url: (
      url ?? (listen ? `${localUrl(listen, server.tls !== undefined)}/status` : `${publicUrl}/status`)
    ).replace(/\/+$/, ''),
    components: components === 'customers' ? byCustomer(targets) : named(main, components, targets, problems),
    priorities,
    ...(subscribe !== undefined && { subscribe }),
    takesReports: report,
    ...(phone !== undefined && { phone }),
  };
}

const byCustomer = (targets: readonly Target[]): StatusComponent[] =>
  [...new Set(targets.flatMap(({ customer }) => customer?.name ?? []))]
    .sort((a, b) => a.localeCompare(b))
    .map((name) => ({ name, scope: { customers: [name] } }));

type Given = Exclude<NonNullable<WatchdeskFile['status_page']>['components'], 'customers'>;

function named(
  main: YamlFile,
  components: Given,
  targets: readonly Target[],
  problems: ConfigProblem[],
): StatusComponent[] {
  const known = {
    targets: targets.map(({ name }) => name),
    customers: targets.flatMap(({ customer }) => customer?.name ?? []),
    tags: targets.flatMap(({ tags }) => tags),
  };
  return components.map(({ name, ...scope }, index) => {
    for (const key of ['targets', 'customers', 'tags'] as const)
      for (const [at, wanted] of (scope[key] ?? []).entries()) {
        if (known[key].includes(wanted)) continue;
        const near = nearest(wanted, [...new Set(known[key])]);
        const problem = `there is no ${key.slice(0, -1)} "${wanted}"${near ? `; did you mean "${near}"?` : ''}`;
        problems.push(main.problem(['status_page', 'components', index, key, at], problem));
      }
    return { name, scope };
  });
}
