import { askMonitor, isExit } from './ask-monitor.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { print, printJson, table } from './print.ts';

interface Common {
  config: string;
  json?: boolean;
}

interface AgentView {
  id: string;
  location: string;
  state: string;
  host: string | null;
  connected: boolean;
  expires_at: string | null;
}

const PATH = '/api/v1/agents';
const otherwise = 'start it first: it alone knows its agents';

/** Invites a machine to probe for a location: prints the command to run there. Asks the running monitor. */
export async function inviteAgent(options: Common & { location: string }): Promise<ExitCode> {
  const by = process.env['USER'];
  const body = { location: options.location, ...(by && { by }) };
  const answer = await askMonitor(options, { method: 'POST', path: PATH, body, otherwise });
  if (isExit(answer)) return answer;
  const {
    command,
    expires_at: expiresAt,
    id,
  } = answer as { command: string; expires_at: string; id: string };
  if (options.json) printJson(answer);
  else
    print(
      `Run this on the machine in ${options.location}, once, before ${expiresAt}:\n\n  ${command}\n\nIt keeps its credential in its --data folder. To revoke it: watchdesk agent revoke ${id}`,
    );
  return EXIT.well;
}

/** Lists agents. */
export async function listAgents(options: Common): Promise<ExitCode> {
  const answer = await askMonitor(options, { method: 'GET', path: `${PATH}?limit=500`, otherwise });
  if (isExit(answer)) return answer;
  const { items } = answer as { items: AgentView[] };
  if (options.json) printJson(items);
  else if (items.length === 0) print('No agents. Invite one: watchdesk agent invite --location …');
  else
    print(
      table(
        items.map(({ id, location, state, host, connected }) => [
          id,
          location,
          state === 'enrolled' ? (connected ? 'connected' : 'not connected') : state,
          host ?? '',
        ]),
      ),
    );
  return EXIT.well;
}

/** Revokes an agent or an invitation. */
export async function revokeAgent(id: string, options: Common): Promise<ExitCode> {
  const path = `${PATH}/${encodeURIComponent(id)}`;
  const answer = await askMonitor(options, { method: 'DELETE', path, otherwise });
  if (isExit(answer)) return answer;
  if (options.json) printJson(answer);
  else print(`Revoked ${id}.`);
  return EXIT.well;
}
