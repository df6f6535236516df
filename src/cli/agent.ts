import { readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Agent as HttpAgent, request, type Dispatcher } from 'undici';
import { z } from 'zod';
import type { LinkEnd } from '../agent/hub-link.ts';
import { runAgent } from '../agent/run-agent.ts';
import { isLocalHost } from '../config/local-url.ts';
import { PROTOCOL } from '../locations/protocol.ts';
import { makeLog, wantsColour } from '../observe/log.ts';
import { ownVersion } from '../observe/version.ts';
import { loadRegistry } from '../probing/registry.ts';
import { PROGRAM_FOLDER } from '../program-folder.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain } from './print.ts';
import { untilStopped } from './until-stopped.ts';

export interface AgentRunOptions {
  hub?: string;
  token?: string;
  data: string;
  ca?: string;
  allowExec?: boolean;
  log: 'text' | 'json';
}

/** What an agent keeps of its enrolment; readable by its own user alone. */
const kept = z.object({ hub: z.url(), credential: z.string().min(1), location: z.string() });
type Kept = z.output<typeof kept>;

const TIMEOUT_MS = 15_000;

/** Probes for a location until it is stopped. The first time it is enrolled with the token of its invitation. */
export async function agent(options: AgentRunOptions): Promise<ExitCode> {
  const log = makeLog(
    { format: options.log, colour: wantsColour(), level: process.env['WATCHDESK_LOG_LEVEL'] ?? 'info' },
    () => (text) => (known.credential === undefined ? text : text.replaceAll(known.credential, '***')),
  );
  const known: { credential?: string } = {};
  const path = join(options.data, 'agent.json');
  const before = await readKept(path);
  if (typeof before === 'string') return misused(before);
  const hub = options.hub?.replace(/\/+$/, '') ?? before?.hub;
  const wrong = hub === undefined ? NO_HUB : hubProblem(hub);
  if (wrong !== undefined) return misused(wrong);
  let dispatcher: Dispatcher;
  try {
    dispatcher = new HttpAgent(options.ca === undefined ? {} : { connect: { ca: readFileSync(options.ca) } });
  } catch (error) {
    return misused(
      `--ca ${options.ca}: ${(error as Error).message}; expected a file with certificates in PEM`,
    );
  }
  let enrolled = before?.hub === hub ? before : undefined;
  if (enrolled === undefined) {
    if (options.token === undefined)
      return misused(
        `This machine is not enrolled at ${hub}. Run \`watchdesk agent invite --location …\` where the monitor runs, and here the command that it prints.`,
      );
    const answer = await enrol(hub!, options.token, dispatcher);
    if (typeof answer === 'string') {
      complain(answer);
      return EXIT.failed;
    }
    enrolled = { hub: hub!, ...answer };
    await keep(path, enrolled);
  }
  known.credential = enrolled.credential;
  const { types, problems } = await loadRegistry(join(PROGRAM_FOLDER, 'checks'));
  for (const problem of problems) log.error({ problem }, 'check-type');
  log.info({ version: ownVersion(), hub, location: enrolled.location }, 'starting');
  const ended = Promise.withResolvers<LinkEnd>();
  const running = await runAgent({
    hub: () => ({ url: hub!, credential: enrolled.credential }),
    dispatcher,
    types,
    allowsCommands: options.allowExec === true,
    log,
    onEnd: (end) => ended.resolve(end),
  });
  const end = await Promise.race([ended.promise, untilStopped((signal) => log.info({ signal }, 'stopping'))]);
  await running.stop();
  await dispatcher.destroy();
  if (end === undefined) return EXIT.well;
  complain(endText(end, path));
  return EXIT.failed;
}

const NO_HUB =
  'Where is the monitor? Give --hub https://… and the --token of an invitation; `watchdesk agent invite` prints both.';

/** Orders hold the credentials of checks: they do not cross a network in the clear. */
function hubProblem(hub: string): string | undefined {
  if (!URL.canParse(hub)) return `--hub ${hub}: expected a URL such as https://watch.example.com`;
  const { protocol, hostname: host } = new URL(hub);
  if (protocol === 'https:' || (protocol === 'http:' && isLocalHost(host))) return undefined;
  return `--hub ${hub}: expected https://, since orders hold the credentials of checks`;
}

async function enrol(
  hub: string,
  token: string,
  dispatcher: Dispatcher,
): Promise<Pick<Kept, 'credential' | 'location'> | string> {
  try {
    const { statusCode, body } = await request(`${hub}/agent/v1/enrol`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, protocol: PROTOCOL, host: hostname() }),
      dispatcher,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const text = await body.text();
    const answer = parsedJson(text) as { detail?: string; credential?: string; location?: string };
    if (statusCode === 200 && answer.credential !== undefined && answer.location !== undefined)
      return { credential: answer.credential, location: answer.location };
    return answer.detail ?? `${hub} answered ${statusCode}; is it the address of a Watchdesk?`;
  } catch (error) {
    return `Cannot reach ${hub} (${(error as Error).message}).`;
  }
}

function parsedJson(text: string): object {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return {};
  }
}

async function readKept(path: string): Promise<Kept | undefined | string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : `${path} cannot be read: ${message}`;
  }
  const parsed = kept.safeParse(parsedJson(text));
  return parsed.success
    ? parsed.data
    : `${path} is damaged: expected what \`watchdesk agent\` wrote there. Remove it, and invite this machine again.`;
}

/** Written beside it and moved: a crash leaves the old one or the new one. */
async function keep(path: string, value: Kept): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await chmod(`${path}.new`, 0o600);
  await rename(`${path}.new`, path);
}

function endText(end: LinkEnd, path: string): string {
  switch (end.is) {
    case 'revoked':
      return `This agent is not enrolled at the hub any more: it was revoked. To enrol it again, remove ${path} and invite it anew.`;
    case 'superseded':
      return 'Another process reports with the credential of this one, so this one ends. Give each machine an invitation of its own.';
    case 'other-protocol':
      return end.detail;
  }
}

function misused(problem: string): ExitCode {
  complain(problem);
  return EXIT.usage;
}
