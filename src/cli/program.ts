import { Command, CommanderError, Option } from 'commander';
import { ownVersion } from '../observe/version.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** Parses the arguments and runs the command. */
export async function runProgram(
  args: readonly string[],
  /** Passed in, because it runs other commands itself. */
  demo: (options: { port: string; json?: boolean }) => Promise<ExitCode>,
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.well;
  const program = new Command('watchdesk')
    .description(
      'Detects outages before your customers do: probes targets, opens urgent tickets, pages the person on call.',
    )
    .version(ownVersion())
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('Try --help.');
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--config <folder>', 'config folder', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .exitOverride();
  const json = ['--json', 'print JSON'] as const;
  // Each command is loaded when it is used, so that `--help` does not have to load a web server.
  command('run', 'run the monitor until it is stopped')
    .addOption(
      new Option('--log <format>', 'log format')
        .choices(['text', 'json'])
        .default('text')
        .env('WATCHDESK_LOG'),
    )
    .addOption(
      new Option('--instance <name>', 'with PostgreSQL: name of this instance, its host name by default').env(
        'WATCHDESK_INSTANCE',
      ),
    )
    .addOption(
      new Option('--advertise <url>', 'with PostgreSQL: URL at which the other instances reach this one').env(
        'WATCHDESK_ADVERTISE',
      ),
    )
    .addOption(
      new Option('--location <name>', 'where it stands, of the `locations` of the config').env(
        'WATCHDESK_LOCATION',
      ),
    )
    .action(async (options) => {
      exit = await (await import('./run.ts')).run(options);
    });
  command('init', 'write a small config with a first target, and say what to do next')
    .option('--url <url>', 'a site to monitor first; otherwise the router of this network')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./init.ts')).init(options);
    });
  command('validate', 'check the config and list every problem')
    .option('--online', 'also check it against the helpdesks and channels')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./validate.ts')).validate(options);
    });
  command('probe', 'probe a target once and show every step')
    .argument('<what>', 'a target, or <target>/<check>')
    .option(...json)
    .action(async (what, options) => {
      exit = await (await import('./probe.ts')).probe(what, options);
    });
  command('password', 'create a password hash, and optionally a second factor, for `access.users`')
    .option('--totp', 'also create a second factor')
    .option('--name <name>', 'account name shown in the authenticator app', 'you')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./password.ts')).password(options);
    });
  const onCall = command('oncall', 'show who is on call, and coverage problems in the next 90 days')
    .option(
      '--at <time>',
      "show this time instead of now, such as 2026-12-24T09:00 in the schedule's time zone",
    )
    .option('--days <n>', 'also list the following n days')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./oncall.ts')).oncall(options);
    });
  onCall.enablePositionalOptions();
  const override = onCall
    .command('override')
    .description('list, add and cancel on-call overrides in the running monitor')
    .exitOverride();
  const ofOverride = (name: string, description: string) =>
    override
      .command(name)
      .description(description)
      .option('--config <folder>', 'config folder', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .option(...json)
      .exitOverride();
  ofOverride('list', 'list planned overrides').action(async (options) => {
    exit = await (await import('./overrides.ts')).listOverrides(options);
  });
  ofOverride('add', 'add an override')
    .argument('<schedule>', 'schedule to override')
    .option('--with <person>', 'who takes over')
    .option('--replace <person>', 'only replace this person')
    .option('--add <person>', 'who is also on call')
    .option('--remove <person>', 'who is unavailable')
    .option('--from <time>', "start, in the schedule's time zone (default: now)")
    .option('--to <time>', 'end')
    .option('--for <duration>', 'duration, such as 8h')
    .option('--by <person>', 'who adds it')
    .action(async (schedule, options) => {
      exit = await (await import('./overrides.ts')).addOverride(schedule, options);
    });
  ofOverride('end', 'cancel an override')
    .argument('<id>', 'id from the list')
    .action(async (id, options) => {
      exit = await (await import('./overrides.ts')).endOverride(id, options);
    });
  const agent = program
    .command('agent')
    .description('probe for one location and report to the monitor; needs no config')
    .option('--hub <url>', 'address of the monitor, such as https://watch.example.com')
    .option('--token <token>', 'of the invitation; used once')
    .addOption(
      new Option('--data <folder>', 'where it keeps its credential')
        .default('watchdesk-agent')
        .env('WATCHDESK_AGENT_DATA'),
    )
    .option('--ca <file>', 'certificates to trust for the monitor besides the usual ones, in PEM')
    .option('--allow-exec', 'also run checks that start a program on this machine')
    .addOption(
      new Option('--log <format>', 'log format')
        .choices(['text', 'json'])
        .default('text')
        .env('WATCHDESK_LOG'),
    )
    .exitOverride()
    .action(async (options) => {
      exit = await (await import('./agent.ts')).agent(options);
    });
  const ofAgent = (name: string, description: string) =>
    agent
      .command(name)
      .description(description)
      .option('--config <folder>', 'config folder', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .option(...json)
      .exitOverride();
  ofAgent('invite', 'invite another machine to probe for a location, and print the command to run there')
    .requiredOption('--location <name>', 'one of the `locations` of the config')
    .action(async (options) => {
      exit = await (await import('./agents.ts')).inviteAgent(options);
    });
  ofAgent('list', 'list agents and invitations').action(async (options) => {
    exit = await (await import('./agents.ts')).listAgents(options);
  });
  ofAgent('revoke', 'revoke an agent or an invitation: it stops probing')
    .argument('<id>', 'id from the list')
    .action(async (id, options) => {
      exit = await (await import('./agents.ts')).revokeAgent(id, options);
    });
  command('page', 'send a test page')
    .argument('<person|schedule>', 'who to page')
    .option('--via <channel>', "channel to use (default: the person's preference)")
    .option('--wait <duration>', 'how long to wait for a delivery receipt', '5s')
    .option('--test', 'no effect: the page is always marked as a test')
    .option(...json)
    .action(async (to, options) => {
      exit = await (await import('./page.ts')).page(to, options);
    });
  command('simulate', 'show what an outage would trigger, without sending anything')
    .requiredOption('--target <target>', 'target or <target>/<check> that fails')
    .option('--at <time>', 'start, such as "Sat 03:00" or 2026-12-24T09:00 (default: now)')
    .option('--for <duration>', 'how long the outage lasts', '4h')
    .option(
      '--reason <reason>',
      'reason of the failed probes, such as refused, status or tls-expiring',
      'timeout',
    )
    .option('--with <targets...>', 'targets that fail at the same time, such as a router it depends on')
    .option('--ack <duration>', 'acknowledge the page after this long (default: never)')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./simulate.ts')).simulate(options);
    });
  command('incidents', 'list open incidents')
    .option('--all', 'include resolved incidents')
    .option('--limit <n>', 'maximum number to list', '50')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./incidents.ts')).incidents(options);
    });
  command('audit', 'list who signed in and who changed what, or verify that nothing was altered')
    .option('--limit <n>', 'maximum number to list', '50')
    .option('--verify', 'verify the hash chain from its beginning')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./audit.ts')).audit(options);
    });
  command('backup', 'copy the store and the attachments into a folder, also while the monitor runs')
    .argument('<folder>', 'new or empty folder')
    .option('--with-secrets', 'include passwords, second factors and the key of signed links')
    .option(...json)
    .action(async (folder, options) => {
      exit = await (await import('./backup.ts')).backup(folder, options);
    });
  command('restore', 'put a backup where the config has its store, and verify it')
    .argument('<folder>', 'folder of the backup')
    .option('--replace', 'move a store that is there aside')
    .option(...json)
    .action(async (folder, options) => {
      exit = await (await import('./restore.ts')).restore(folder, options);
    });
  command('erase', 'anonymise a person in tickets, messages, accounts and the audit log')
    .requiredOption('--person <email>', 'email address of the person')
    .option('--name <names...>', 'names to erase as well, such as "Ann Jones"')
    .option('--phone <numbers...>', 'phone numbers to erase as well')
    .option('--dry-run', 'only show what would be erased')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./erase.ts')).erase(options);
    });
  program
    .command('store')
    .description('copy the store to another database')
    .exitOverride()
    .command('copy')
    .description('copy a store that no monitor uses into an empty one, and compare them')
    .requiredOption(
      '--from <url>',
      'sqlite:path or postgres://user@host/database; the password also as PGPASSWORD',
    )
    .requiredOption('--to <url>', 'the same; it must be empty')
    .option('--attachments <folder>', 'attachments of the SQLite store, if they are not beside it')
    .option(...json)
    .exitOverride()
    .action(async (options) => {
      exit = await (await import('./store-copy.ts')).storeCopy(options);
    });
  const maintenance = program
    .command('maintenance')
    .description('list, add and end maintenance windows in the running monitor')
    .exitOverride();
  const below = (name: string, description: string) =>
    maintenance
      .command(name)
      .description(description)
      .option('--config <folder>', 'config folder', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .option(...json)
      .exitOverride();
  below('list', 'list maintenance windows').action(async (options) => {
    exit = await (await import('./maintenance.ts')).listMaintenance(options);
  });
  below('add', 'add a maintenance window')
    .requiredOption('--name <text>', 'description of the work')
    .option('--targets <names>', 'for these targets, comma-separated')
    .option('--customers <names>', 'for all targets of these customers')
    .option('--tags <names>', 'for all targets with these tags')
    .option('--all', 'for all targets')
    .option('--from <time>', 'start (default: now)')
    .option('--to <time>', 'end')
    .option('--for <duration>', 'duration, such as 2h')
    .option('--cron <expression>', 'recurring start, such as "0 2 * * SUN"')
    .option('--timezone <zone>', 'time zone of the times and the cron expression')
    .option('--by <person>', 'who adds it')
    .action(async (options) => {
      exit = await (await import('./maintenance.ts')).addMaintenance(options);
    });
  below('end', 'end a maintenance window now')
    .argument('<id>', 'id from the list')
    .action(async (id, options) => {
      exit = await (await import('./maintenance.ts')).endMaintenance(id, options);
    });
  const service = program
    .command('service')
    .description('install the monitor as a systemd service, or remove it')
    .exitOverride();
  const ofService = (name: string, description: string) =>
    service
      .command(name)
      .description(description)
      .option('--config <folder>', 'config folder of the service', '/etc/watchdesk')
      .option('--user <name>', 'user that the service runs as', 'watchdesk')
      .option('--root <folder>', 'write below this folder, for the image of a system that does not run', '')
      .option('--yes', 'do it without asking; otherwise it is only shown, and asked for at a terminal')
      .option(...json)
      .exitOverride();
  ofService('install', 'show the unit and everything else that is written, and install it').action(
    async (options) => {
      exit = await (await import('./service.ts')).installService(options);
    },
  );
  ofService('uninstall', 'stop and remove the service; config and data stay').action(async (options) => {
    exit = await (await import('./service.ts')).uninstallService(options);
  });
  program
    .command('demo')
    .description('watch a few small sites fail and recover, for about a minute')
    .option('--port <n>', 'port of the status wall', '8080')
    .option('--config <folder>', 'ignored: the demo has its own config')
    .option(...json)
    .exitOverride()
    .action(async (options) => {
      exit = await demo(options);
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.well : EXIT.usage;
  }
}
