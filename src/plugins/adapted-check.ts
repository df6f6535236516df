import type { z } from 'zod';
import { optionProblem, type OptionProblem, type Prepared } from '../core/check-type.ts';
import { neutraliseLine } from '../core/neutralise.ts';
import { unknown, type Finding } from '../core/probe-result.ts';
import { REASON_NAMES } from '../core/reason.ts';
import type { LoadedCheckType } from '../probing/registry.ts';
import { attempt } from './attempt.ts';
import type { CheckPlugin } from './check.ts';
import { isTexts } from './plugin-outcome.ts';

// Plugins get views, and their return values are validated: a bug in a plugin must not stop the monitor.

export function adaptedCheck(plugin: CheckPlugin<z.ZodObject>): LoadedCheckType {
  return {
    notes: '',
    examples: [],
    ...plugin,
    isPlugin: true,
    prepare(options, target) {
      const prepared = attempt(() => plugin.prepare(options as never, { ...target }));
      if (prepared.is === 'failed')
        return optionProblem([], `settings that the check type can prepare (it failed: ${prepared.why})`);
      const value = prepared.value as Partial<Prepared> | OptionProblem | undefined;
      if (value?.is === 'problem')
        return optionProblem(Array.isArray(value.path) ? value.path : [], String(value.expected));
      const { subject, secrets, probe } = (value ?? {}) as Partial<Prepared>;
      if (typeof subject !== 'string' || !isTexts(secrets) || typeof probe !== 'function')
        return optionProblem(
          [],
          "a check type whose `prepare` returns { is: 'prepared', subject, secrets: [], probe }; mend the plugin",
        );
      const ready = value as Prepared;
      return { ...ready, is: 'prepared', probe: async (context) => finding(await ready.probe(context)) };
    },
  } as LoadedCheckType;
}

/** An invalid finding says nothing about the target: the verdict is unknown. */
function finding(given: Finding): Finding {
  const { verdict, message } = (given ?? {}) as Partial<Finding>;
  if (typeof message !== 'string') return unknown('the check type returned no finding');
  if (verdict === 'good') return given;
  if (verdict !== 'failed' && verdict !== 'unknown')
    return unknown(`the check type returned the verdict ${neutraliseLine(String(verdict), 40)}`);
  const { reason } = given as { reason?: unknown };
  return REASON_NAMES.some((name) => name === reason)
    ? given
    : unknown(`the check type returned the reason ${neutraliseLine(String(reason), 40)}`);
}
