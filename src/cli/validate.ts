import { loadCatalogue } from '../config/catalogue.ts';
import { problemLine } from '../config/config-problem.ts';
import { loadConfig } from '../config/load-config.ts';
import { plural } from '../core/wording.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';

/** Says whether the config is good, and everything that is wrong with it. */
export async function validate(options: { config: string; json?: boolean }): Promise<ExitCode> {
  const { catalogue, problems: typeProblems } = await loadCatalogue();
  const loaded = await loadConfig(options.config, catalogue);
  const problems = [
    ...typeProblems.map((problem) => ({ file: 'checks', path: '', problem })),
    ...(loaded.is === 'problems' ? loaded.problems : []),
  ];
  if (options.json) {
    printJson({ valid: problems.length === 0, problems });
  } else if (loaded.is === 'config' && problems.length === 0) {
    const { targets, people, schedules, files } = loaded.config;
    const checks = targets.reduce((sum, target) => sum + target.checks.length, 0);
    const parts = [
      plural(targets.length, 'target'),
      plural(checks, 'check'),
      plural(people.size, 'person', 'people'),
      plural(schedules.size, 'schedule'),
    ];
    print(`${plural(files.length, 'file')} in order: ${parts.join(', ')}.`);
  } else {
    for (const problem of problems) complain(problemLine(problem));
    complain(`${plural(problems.length, 'problem')}.`);
  }
  return problems.length === 0 ? EXIT.well : EXIT.usage;
}
