import type { ApiCall, ApiOutcome, HelpdeskApi } from './call-api.ts';
import type { CallUse } from './call-budget.ts';

/** What every call carries, for as long as the helpdesk takes it. */
export interface SignIn {
  headers: Record<string, string>;
  /** Unix milliseconds, where the helpdesk says; from then on it is not used. */
  endsAt?: number;
}

/** Calls that stand in a session or carry a token: when it has ended, another is asked for, once. */
export function signedIn(
  api: HelpdeskApi,
  begin: (use: CallUse) => Promise<ApiOutcome<SignIn>>,
  hasEnded: (outcome: ApiOutcome<unknown>) => boolean,
  now: () => number,
) {
  let current: SignIn | undefined;
  return async <Answer>(call: ApiCall): Promise<ApiOutcome<Answer>> => {
    for (let attempt = 1; ; attempt++) {
      if (current === undefined || (current.endsAt ?? Infinity) <= now()) {
        const begun = await begin(call.use);
        if (begun.is !== 'done') return begun;
        current = begun.value;
      }
      const done = await api.call<Answer>({ ...call, headers: current.headers });
      if (!hasEnded(done) || attempt > 1) return done;
      current = undefined;
    }
  };
}
