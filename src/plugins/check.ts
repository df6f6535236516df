import type { z } from 'zod';
import type { CheckType } from '../core/check-type.ts';

// `watchdesk/check`: what a custom check type imports. An exported name is never removed.

export { z } from 'zod';
export { duration, host, ip, port, secret, within } from '../../checks/shared/fields.ts';
export {
  certificateFacts,
  fault,
  optionProblem,
  type Destination,
  type Fault,
  type OptionProblem,
  type PeerCertificate,
  type Prepared,
  type ProbeContext,
  type TargetFacts,
  type TlsWish,
  type Wire,
} from '../core/check-type.ts';
export { findingOfFault } from '../core/fault-of-code.ts';
export { hostPort } from '../core/host-port.ts';
export { neutraliseLine } from '../core/neutralise.ts';
export { failed, good, unknown, type Finding, type Measured } from '../core/probe-result.ts';
export type { Reason } from '../core/reason.ts';
export { tooSlow } from '../core/slowness.ts';

/** A check type; its texts for the docs are optional. */
export type CheckPlugin<Schema extends z.ZodObject> = Omit<
  CheckType<z.output<Schema>, Schema>,
  'notes' | 'examples'
> &
  Partial<Pick<CheckType<z.output<Schema>, Schema>, 'notes' | 'examples'>>;

/** Returns its argument; it gives your editor the types. */
export const defineCheck = <Schema extends z.ZodObject>(type: CheckPlugin<Schema>): CheckPlugin<Schema> =>
  type;
