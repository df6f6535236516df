import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type App } from '../app/run-monitor.ts';
import { EXIT, type ExitCode } from '../cli/exit-code.ts';
import { complain, print } from '../cli/print.ts';
import { readConfig } from '../cli/read-config.ts';
import { untilStopped } from '../cli/until-stopped.ts';
import { ListenError } from '../web/listen.ts';
import { makeLog } from '../observe/log.ts';
import { writeDemoConfig } from './demo-config.ts';
import { startSecureSite, startSite, type Ailment, type DemoSite } from './demo-sites.ts';
import { DemoStory } from './demo-story.ts';

interface Act {
  atS: number;
  site: string;
  /** Absent: the site is repaired. */
  how?: Ailment;
  says: string;
}

const ACTS: readonly Act[] = [
  { atS: 4, site: 'shop', how: 'refused', says: 'The web server of shop stops: connections are refused.' },
  { atS: 12, site: 'blog', how: 'hanging', says: 'blog accepts connections but never responds.' },
  { atS: 17, site: 'shop', says: 'The web server of shop is started again.' },
  { atS: 22, site: 'api', how: 'error', says: 'api returns HTTP 500 to every request.' },
  { atS: 28, site: 'blog', says: 'blog responds again.' },
  { atS: 32, site: 'news', how: 'wrong-body', says: 'news returns HTTP 200 with the wrong page.' },
  { atS: 37, site: 'api', says: 'api is rolled back and works again.' },
  { atS: 41, site: 'bank', how: 'expired-certificate', says: 'The certificate of bank expires.' },
  { atS: 46, site: 'news', says: 'news serves the right page again.' },
  { atS: 51, site: 'bank', says: 'bank gets a new certificate.' },
];
const END_S = 57;

/** Small sites on loopback fail one after another; tickets, pages and recoveries are printed as they happen. */
export async function demo(options: { port: string; json?: boolean }): Promise<ExitCode> {
  const wanted = Number(options.port);
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    complain(`--port ${options.port}: expected a whole number from 0 to 65535.`);
    return EXIT.usage;
  }
  const sites = await startSites();
  const folder = await writeDemoConfig(await usablePort(wanted), sites.targets);
  const read = await readConfig(folder);
  if (!read) return EXIT.failed;
  const story = new DemoStory(options.json === true);
  let app: App;
  try {
    const log = makeLog({ format: 'text', colour: false, level: 'silent' }, () => (text) => text);
    app = await startApp({ ...read, configFolder: folder, log, setRedaction: () => {} });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    complain(error.message);
    return EXIT.failed;
  }
  const stopped = new AbortController();
  void untilStopped(() => stopped.abort());
  story.begin(
    app.url,
    sites.targets.map(({ name }) => name),
  );
  const following = story.follow(app.url, stopped.signal);
  await play(sites.byName, story, stopped.signal);
  stopped.abort();
  await following;
  await app.stop();
  for (const site of sites.byName.values()) site.stop();
  await rm(folder, { recursive: true, force: true });
  story.end();
  return EXIT.well;
}

async function startSites() {
  const plain = await Promise.all(['shop', 'blog', 'api', 'news'].map(startSite));
  const secure = await startSecureSite('bank');
  const customers = {
    shop: ['Acme Ltd', 'vip'],
    blog: ['Acme Ltd', 'vip'],
    api: ['Globex', 'reserve'],
    news: ['Globex', 'reserve'],
    bank: ['Initech', 'vip'],
  };
  const all: (DemoSite & { authority?: string })[] = [...plain, secure];
  const targets = all.map(({ name, url, authority }) => {
    const [customer, plan] = customers[name as keyof typeof customers] as [string, string];
    return { name, url, authority, customer, plan };
  });
  return { targets, byName: new Map<string, DemoSite>(all.map((site) => [site.name, site])) };
}

async function play(
  sites: ReadonlyMap<string, DemoSite>,
  story: DemoStory,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const until = (seconds: number) =>
    sleep(Math.max(0, seconds * 1_000 - (performance.now() - startedAt)), undefined, { signal }).catch(
      () => {},
    );
  for (const { atS, site, how, says } of ACTS) {
    await until(atS);
    if (signal.aborted) return;
    story.act(says);
    await (how ? sites.get(site)!.break(how) : sites.get(site)!.mend());
  }
  await until(END_S);
}

/** The wanted port, or any free one if it is taken: the demo must not fail because of that. */
async function usablePort(wanted: number): Promise<number> {
  for (const port of [wanted, 0]) {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      continue;
    }
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (typeof address === 'object' && address) {
      if (port !== wanted) print(`Port ${wanted} is in use; the status wall is on port ${address.port}.`);
      return address.port;
    }
  }
  return wanted;
}
