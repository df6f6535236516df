import { loadCatalogue } from '../config/catalogue.ts';
import type { Config } from '../config/config.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import { redactor } from '../core/redact.ts';
import { plural } from '../core/wording.ts';
import { inspectHelpdesks, type Inspection } from '../tickets/shared/inspect-helpdesks.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';

/** Says whether the config is good, and everything that is wrong with it. */
export async function validate(options: {
  config: string;
  json?: boolean;
  online?: boolean;
}): Promise<ExitCode> {
  const { catalogue, problems: typeProblems } = await loadCatalogue();
  const loaded = await loadConfig(options.config, catalogue);
  const problems = [
    ...typeProblems.map((problem) => ({ file: 'checks', path: '', problem })),
    ...(loaded.is === 'problems' ? loaded.problems : []),
  ];
  const isGood = loaded.is === 'config' && problems.length === 0;
  const online =
    isGood && options.online ? await askHelpdesks(loaded.config, options.json === true) : undefined;
  if (options.json) {
    printJson({
      valid: problems.length === 0,
      problems,
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
    print(`${plural(files.length, 'file')} in order: ${parts.join(', ')}.`);
    for (const inspection of online ?? []) tell(inspection);
  } else {
    for (const problem of problems) complain(problemLine(problem));
    complain(`${plural(problems.length, 'problem')}.`);
  }
  return isGood ? exitOf(online ?? []) : EXIT.usage;
}

async function askHelpdesks(config: Config, isQuiet: boolean): Promise<Inspection[]> {
  const strike = redactor(config.secrets);
  const ports = {
    desk: () => {
      throw new Error('the desk has nothing to check');
    },
    publicUrl: config.publicUrl,
    now: Date.now,
  };
  const asked = config.helpdesks.filter(({ type }) => type !== config.desk);
  if (!isQuiet)
    print(
      asked.length > 0
        ? `Asking ${asked.map(({ name }) => name).join(', ')} …`
        : 'The desk is built in: nothing to ask.',
    );
  const made = asked.map(({ name, type, settings }) => [name, type.create(settings, ports)] as const);
  const inspections = await inspectHelpdesks(new Map(made));
  return inspections.map(({ name, outcome }) => ({
    name,
    outcome:
      outcome.is === 'done'
        ? { ...outcome, value: outcome.value.map(strike) }
        : { ...outcome, why: strike(outcome.why) },
  }));
}

function tell({ name, outcome }: Inspection): void {
  if (outcome.is !== 'done') complain(`${name}: cannot be asked: ${outcome.why}`);
  else if (outcome.value.length === 0) print(`${name}: fits.`);
  else for (const finding of outcome.value) complain(`${name}: ${finding}`);
}

const inspectionView = ({ name, outcome }: Inspection) => ({
  helpdesk: name,
  asked: outcome.is === 'done',
  findings: outcome.is === 'done' ? outcome.value : [],
  why: outcome.is === 'done' ? null : outcome.why,
});

function exitOf(online: readonly Inspection[]): ExitCode {
  if (online.some(({ outcome }) => outcome.is === 'done' && outcome.value.length > 0)) return EXIT.usage;
  return online.every(({ outcome }) => outcome.is === 'done') ? EXIT.well : EXIT.failed;
}
