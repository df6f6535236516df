import { Command, CommanderError, Option } from 'commander';
import { ownVersion } from '../observe/version.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/** Parses the arguments and runs the command they name. */
export async function runProgram(args: readonly string[]): Promise<ExitCode> {
  let exit: ExitCode = EXIT.well;
  const program = new Command('watchdesk')
    .description('Notices outages first: probes, opens the urgent ticket, pages the person on call.')
    .version(ownVersion())
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('Try --help.');
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--config <folder>', 'folder of the config', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .exitOverride();
  const json = ['--json', 'print JSON for machines'] as const;
  // Each command is loaded when it is used: `--help` must not wait for a web server.
  command('run', 'run the monitor until it is stopped')
    .addOption(
      new Option('--log <format>', 'how the log is written')
        .choices(['text', 'json'])
        .default('text')
        .env('WATCHDESK_LOG'),
    )
    .action(async (options) => {
      exit = await (await import('./run.ts')).run(options);
    });
  command('validate', 'check the config and say everything that is wrong with it')
    .option('--online', 'and ask helpdesks and channels whether it fits them')
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
  command('password', 'make a password, and a second factor, for `access.users`')
    .option('--totp', 'and a second factor')
    .option('--name <name>', 'whose it is, for their authenticator', 'you')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./password.ts')).password(options);
    });
  const onCall = command('oncall', 'who is on call, and what is not in order in the next 90 days')
    .option('--at <time>', 'at that moment, such as 2026-12-24T09:00 in the time zone of the schedule')
    .option('--days <n>', 'and for that many days')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./oncall.ts')).oncall(options);
    });
  onCall.enablePositionalOptions();
  const override = onCall
    .command('override')
    .description('somebody else for a while, in the running monitor')
    .exitOverride();
  const ofOverride = (name: string, description: string) =>
    override
      .command(name)
      .description(description)
      .option('--config <folder>', 'folder of the config', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .option(...json)
      .exitOverride();
  ofOverride('list', 'what is planned').action(async (options) => {
    exit = await (await import('./overrides.ts')).listOverrides(options);
  });
  ofOverride('add', 'plan one')
    .argument('<schedule>', 'whose')
    .option('--with <person>', 'who takes over')
    .option('--replace <person>', 'only in place of this person')
    .option('--add <person>', 'who is on call too')
    .option('--remove <person>', 'who is not to be had')
    .option('--from <time>', 'from then on, in the time zone of the schedule; by default from now on')
    .option('--to <time>', 'until then')
    .option('--for <duration>', 'for so long, such as 8h')
    .option('--by <person>', 'who plans it')
    .action(async (schedule, options) => {
      exit = await (await import('./overrides.ts')).addOverride(schedule, options);
    });
  ofOverride('end', 'take one back')
    .argument('<id>', 'as listed')
    .action(async (id, options) => {
      exit = await (await import('./overrides.ts')).endOverride(id, options);
    });
  command('page', 'send a test page')
    .argument('<person|schedule>', 'who to page')
    .option('--via <channel>', 'by which channel; by default as they want it')
    .option('--wait <duration>', 'how long to wait for word that it has arrived', '5s')
    .option('--test', 'say so in the text (always done)')
    .option(...json)
    .action(async (to, options) => {
      exit = await (await import('./page.ts')).page(to, options);
    });
  command('simulate', 'show what an outage would lead to, without sending anything')
    .requiredOption('--target <target>', 'which target fails, or <target>/<check>')
    .option('--at <time>', 'when, such as "Sat 03:00" or 2026-12-24T09:00; now by default')
    .option('--for <duration>', 'for how long', '4h')
    .option('--ack <duration>', 'whoever is paged says "I have it" after so long; never by default')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./simulate.ts')).simulate(options);
    });
  command('incidents', 'list open incidents')
    .option('--all', 'resolved ones too')
    .option('--limit <n>', 'how many at most', '50')
    .option(...json)
    .action(async (options) => {
      exit = await (await import('./incidents.ts')).incidents(options);
    });
  const maintenance = program
    .command('maintenance')
    .description('planned work: list, plan and end windows in the running monitor')
    .exitOverride();
  const below = (name: string, description: string) =>
    maintenance
      .command(name)
      .description(description)
      .option('--config <folder>', 'folder of the config', process.env['WATCHDESK_CONFIG'] ?? 'config')
      .option(...json)
      .exitOverride();
  below('list', 'what is planned').action(async (options) => {
    exit = await (await import('./maintenance.ts')).listMaintenance(options);
  });
  below('add', 'plan a window')
    .requiredOption('--name <text>', 'what is done')
    .option('--targets <names>', 'for these targets, comma-separated')
    .option('--customers <names>', 'for all targets of these customers')
    .option('--tags <names>', 'for all targets with these tags')
    .option('--all', 'for everything')
    .option('--from <time>', 'from then on; by default from now on')
    .option('--to <time>', 'until then')
    .option('--for <duration>', 'for so long, such as 2h')
    .option('--cron <expression>', 'again and again, such as "0 2 * * SUN"')
    .option('--timezone <zone>', 'in which times and cron are meant')
    .option('--by <person>', 'who plans it')
    .action(async (options) => {
      exit = await (await import('./maintenance.ts')).addMaintenance(options);
    });
  below('end', 'end a window at once')
    .argument('<id>', 'as listed')
    .action(async (id, options) => {
      exit = await (await import('./maintenance.ts')).endMaintenance(id, options);
    });
  program
    .command('demo')
    .description('watch a few little sites break and recover, for about a minute')
    .option('--port <n>', 'port of the status wall', '8080')
    .option('--config <folder>', 'not read: the demo brings its own')
    .option(...json)
    .exitOverride()
    .action(async (options) => {
      exit = await (await import('../demo/demo.ts')).demo(options);
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.well : EXIT.usage;
  }
}
