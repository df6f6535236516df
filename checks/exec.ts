import { z } from 'zod';
import { fault, type CheckType } from '../src/core/check-type.ts';
import { findingOfFault } from '../src/core/fault-of-code.ts';
import { neutralise, neutraliseLine } from '../src/core/neutralise.ts';
import { perfValues, pluginOutput } from '../src/core/perfdata.ts';
import { failed, good, type Finding } from '../src/core/probe-result.ts';

const options = z.strictObject({
  command: z
    .array(z.string())
    .min(1)
    .describe('Program and arguments, one list item each; run without a shell.'),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and underscores'),
      z.string(),
    )
    .default({})
    .describe('Environment variables in addition to PATH, HOME and LANG. The values are treated as secrets.'),
  warning: z.enum(['failed', 'good']).default('failed').describe('What exit code 1 (warning) counts as.'),
});

type Options = z.output<typeof options>;

/** Most of a plugin's output below its first line that is kept. */
const OUTPUT_LIMIT = 4_096;

export default {
  type: 'exec',
  summary: 'A Nagios-style plugin command reports OK.',
  notes: `Exit code 0 is OK, 1 is a warning (\`exit-warning\`) and 2 is critical (\`exit-critical\`). Exit code 3 and a command that
cannot be run are \`unknown\`, because there is no result. Any other exit code and termination by a signal
fail with \`exit-critical\`. The first line of the output is the message, the lines below are kept up to 4 KiB, and all
performance data ([plugin guidelines](https://www.monitoring-plugins.org/doc/guidelines.html)) becomes the metric
\`watchdesk_check_perfdata{target,check,label,unit}\`, at most 32 values per check.

The command runs without a shell. Put secrets in \`env\`: arguments are shown on the target's page and visible to other users of the machine. At most
eight commands run at once; the others wait, and the wait does not count towards the probe's timeout. Each command has its
own process group, which is killed at the deadline and after the command exits. Processes that the command moves to another
session (\`setsid\`) are not killed.`,
  examples: [
    {
      title: 'A monitoring plugin',
      yaml: '{ type: exec, command: [/usr/lib/nagios/plugins/check_load, -w, "5", -c, "10"] }',
    },
    {
      title: 'A database accepts a login and a query',
      yaml: '{ type: exec, command: [/usr/bin/psql, -h, db.example.com, -U, monitor, -d, app, -Atc, "select 1"], env: { PGPASSWORD: "${PGPASSWORD:-none}" } }',
    },
    {
      title: 'The toner level of a printer, by SNMP (Debian: apt install monitoring-plugins snmp)',
      yaml: '{ type: exec, name: toner, command: [/usr/lib/nagios/plugins/check_snmp, -H, 192.0.2.9, -C, public, -o, .1.3.6.1.2.1.43.11.1.1.9.1.1, -w, "20:", -c, "5:"], priority: low }',
    },
    {
      title: 'Your own script',
      yaml: '{ type: exec, command: [/opt/checks/queue-length, "--max=100"], env: { QUEUE_TOKEN: "${QUEUE_TOKEN:-none}" } }',
    },
  ],
  options,
  prepare({ command, env, warning }: Options) {
    return {
      is: 'prepared',
      subject: neutraliseLine(command.join(' '), 200),
      secrets: Object.values(env),
      runsCommand: true,
      program: command[0]!,
      async probe(context): Promise<Finding> {
        const ran = await context.run(command, env);
        if (ran.is === 'fault') return findingOfFault(ran);
        const output = ran.stdout.trim() === '' ? ran.stderr : ran.stdout;
        const { text, longText, perfdata } = pluginOutput(output);
        const message = neutraliseLine(text || 'no output', 300);
        const perf = perfValues(perfdata);
        const measured = {
          ...(perfdata !== '' && { perfdata: neutraliseLine(perfdata, 500) }),
          ...(perf.length > 0 && {
            perf: perf.map((one) => ({
              ...one,
              label: neutraliseLine(one.label, 64),
              unit: neutraliseLine(one.unit, 20),
            })),
          }),
          ...(longText !== '' && { output: neutralise(longText, OUTPUT_LIMIT) }),
        };
        context.log(ran.signal ? `terminated by ${ran.signal}` : `exit code ${ran.exitCode}`);
        for (const line of output.split('\n').slice(0, 20)) if (line.trim()) context.log(line);
        if (ran.signal) return failed('exit-critical', `terminated by ${ran.signal}: ${message}`, measured);
        switch (ran.exitCode) {
          case 0:
            return good(message, measured);
          case 1:
            return warning === 'good' ? good(message, measured) : failed('exit-warning', message, measured);
          case 2:
            return failed('exit-critical', message, measured);
          case 3:
            return { verdict: 'unknown', reason: 'exit-unknown', message, measured };
          case 126:
          case 127:
            return findingOfFault(fault('internal', `exit code ${ran.exitCode}: ${message}`));
          default:
            return failed('exit-critical', `exit code ${ran.exitCode}: ${message}`, measured);
        }
      },
    };
  },
} satisfies CheckType<Options, typeof options>;
