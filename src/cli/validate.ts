import { loadCatalogue } from '../config/catalogue.ts';
import type { Config } from '../config/config.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import { redactor } from '../core/redact.ts';
import { plural } from '../core/wording.ts';
import { NO_INBOX } from '../answering/inbox.ts';
import type { Inspection } from '../outside/inspection.ts';
import { inspectHotline } from '../hotline/inspect-hotline.ts';
import { inspectChannels } from '../channels/shared/inspect-channels.ts';
import { inspectHelpdesks } from '../helpdesks/shared/inspect-helpdesks.ts';
import type { ChannelPorts } from '../channels/channel.ts';
import { configWarnings } from './config-warnings.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';

/** Prints whether the config is valid, and all of its problems. */
export async function validate(options: {
  config: string;
  json?: boolean;
  online?: boolean;
}): Promise<ExitCode> {
  const { catalogue, problems: typeProblems } = await loadCatalogue(options.config);
  const loaded = await loadConfig(options.config, catalogue);
  const problems = [
    ...typeProblems.map(typeProblem),
    // The monitor starts without these modules; validation reports them all the same.
    ...(loaded.is === 'problems' ? loaded.problems : [...loaded.config.refusedModules.values()].flat()),
  ];
  const isGood = loaded.is === 'config' && problems.length === 0;
  const online =
    isGood && options.online ? await askOutside(loaded.config, options.json === true) : undefined;
  if (options.json) {
    printJson({
      valid: problems.length === 0,
      problems,
      ...(loaded.is === 'config' && { warnings: configWarnings(loaded.config, Temporal.Now.instant()) }),
      ...(online && { online: online.map(inspectionView) }),
    });
  } else if (isGood) {
    const { targets, people, schedules, files } = loaded.config;
    const checks = targets.reduce((sum, target) => sum + target.checks.length, 0);
    const parts = [
      plural(targets.length, 'target'),
      plural(checks, 'check'),
      plural(people.size, 'person', 'people'),
      plural(schedules.size, 'schedule'),
    ];
    print(`Config is valid (${plural(files.length, 'file')}): ${parts.join(', ')}.`);
    for (const warning of configWarnings(loaded.config, Temporal.Now.instant())) print(`Note: ${warning}.`);
    for (const inspection of online ?? []) tell(inspection);
  } else {
    for (const problem of problems) complain(problemLine(problem));
    if (loaded.is === 'config' && typeProblems.length === 0)
      complain('The monitor still starts, but /probe does not serve these modules.');
    complain(`${plural(problems.length, 'problem')}.`);
  }
  return isGood ? exitOf(online ?? []) : EXIT.usage;
}

async function askOutside(config: Config, isQuiet: boolean): Promise<Inspection[]> {
  const strike = redactor(config.secrets);
  const ports = {
    desk: () => {
      throw new Error('the desk has nothing to check');
    },
    publicUrl: config.publicUrl,
    now: Date.now,
  };
  const helpdesks = config.helpdesks
    .filter(({ type }) => type !== config.desk)
    .map(({ name, type, settings }) => [name, type.create(settings, ports)] as const);
  const channels = [...config.channels]
    .filter(([, { type }]) => type.type !== 'console')
    .map(([name, { type, settings }]) => [name, type.create(settings, channelPorts(config), name)] as const);
  const names = [
    ...[...helpdesks, ...channels].map(([name]) => name),
    ...(config.hotline ? ['hotline'] : []),
  ];
  if (!isQuiet && helpdesks.length === 0) print('The built-in desk needs no online check.');
  if (!isQuiet && names.length > 0) print(`Checking ${names.join(', ')} …`);
  const inspections = [
    ...(await inspectHelpdesks(new Map(helpdesks))),
    ...(await inspectChannels(new Map(channels), config)),
    ...(config.hotline ? [await inspectHotline(config.hotline, config.publicUrl)] : []),
  ];
  const printed = [...config.channels]
    .filter(([, { type }]) => type.type === 'console')
    .map(([name]) => name);
  const wanted = printed.filter((name) => isUsed(name, config));
  if (!isQuiet && wanted.length > 0) {
    print(
      `These channels only print to the terminal and reach no one: ${wanted.join(', ')} (see docs/channels).`,
    );
  }
  return inspections.map(({ name, outcome }) => ({
    name,
    outcome:
      outcome.is === 'done'
        ? { ...outcome, value: outcome.value.map(strike) }
        : { ...outcome, why: strike(outcome.why) },
  }));
}

/** Whether any escalation step or person uses that channel. */
const isUsed = (channel: string, { escalation, people }: Config): boolean =>
  Object.values(escalation).some((steps) => steps.some(({ via }) => via.includes(channel))) ||
  [...people.values()].some(({ prefer }) => prefer.some(({ via }) => via === channel));

const channelPorts = ({ publicUrl }: Config): ChannelPorts => ({
  now: Date.now,
  show: () => {},
  publicUrl,
  inbox: NO_INBOX,
  onFault: () => {},
});

function tell({ name, outcome }: Inspection): void {
  if (outcome.is !== 'done') complain(`${name}: check failed: ${outcome.why}`);
  else if (outcome.value.length === 0) print(`${name}: OK.`);
  else for (const finding of outcome.value) complain(`${name}: ${finding}`);
}

const inspectionView = ({ name, outcome }: Inspection) => ({
  name,
  helpdesk: name,
  asked: outcome.is === 'done',
  findings: outcome.is === 'done' ? outcome.value : [],
  why: outcome.is === 'done' ? null : outcome.why,
});

function exitOf(online: readonly Inspection[]): ExitCode {
  if (online.some(({ outcome }) => outcome.is === 'done' && outcome.value.length > 0)) return EXIT.usage;
  return online.every(({ outcome }) => outcome.is === 'done') ? EXIT.well : EXIT.failed;
}

/** Turns `plugins/checks/queue.js: …` into a problem of that file. */
function typeProblem(text: string): { file: string; path: string; problem: string } {
  const at = text.indexOf(': ');
  return { file: text.slice(0, at), path: '', problem: text.slice(at + 2) };
}
