import type { ApiCall, ApiOutcome, HelpdeskApi } from './call-api.ts';
import type { CallUse } from './call-budget.ts';

/** What signs in every call, for as long as the helpdesk accepts it. */
export interface SignIn {
  headers: Record<string, string>;
  /** Unix milliseconds, where the helpdesk states it; not used from then on. */
  endsAt?: number;
}

/** Makes calls in a session or with a token: when it has ended, gets another and repeats the call, once. */
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
