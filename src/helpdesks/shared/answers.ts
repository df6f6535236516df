/**
 * What an HTTP status means for the caller. `once`: for what must not be done twice (a new ticket, a note);
 * `repeatable`: for what does no harm when it is repeated.
 */
export interface AnswerMeaning {
  /** Statuses as shown to people. */
  statuses: string;
  covers(status: number): boolean;
  once: 'temporary' | 'permanent' | 'ambiguous';
  repeatable: 'temporary' | 'permanent';
  /** What the operator is told to do. */
  advice: string;
}

const among =
  (...statuses: number[]) =>
  (status: number) =>
    statuses.includes(status);

export const ANSWERS: readonly AnswerMeaning[] = [
  {
    statuses: '401, 407',
    covers: among(401, 407),
    once: 'temporary',
    repeatable: 'temporary',
    advice: 'the credentials are wrong, expired or revoked: renew them; queued requests are sent then',
  },
  {
    statuses: '402, 403, 451',
    covers: among(402, 403, 451),
    once: 'temporary',
    repeatable: 'temporary',
    advice:
      'the user lacks permission, or the resource does not exist: run `watchdesk validate --online`; queued requests are sent once it is fixed',
  },
  {
    statuses: '408, 409, 412, 421, 423, 425',
    covers: among(408, 409, 412, 421, 423, 425),
    once: 'temporary',
    repeatable: 'temporary',
    advice: 'not done; Watchdesk retries',
  },
  {
    statuses: '429',
    covers: among(429),
    once: 'temporary',
    repeatable: 'temporary',
    advice: 'rate limited: Watchdesk retries when the helpdesk asks it to, after 5 minutes at most',
  },
  {
    statuses: '400, 404, 405, 410 and the other 4xx',
    covers: (status) => status >= 400 && status < 500,
    once: 'permanent',
    repeatable: 'permanent',
    advice: 'rejected permanently: run `watchdesk validate --online` to see why',
  },
  {
    statuses: '5xx',
    covers: (status) => status >= 500,
    once: 'ambiguous',
    repeatable: 'temporary',
    advice: 'may have been done: Watchdesk looks it up by the incident key before retrying',
  },
  {
    statuses: '1xx, 3xx',
    covers: (status) => status < 200 || (status >= 300 && status < 400),
    once: 'ambiguous',
    repeatable: 'temporary',
    advice:
      'redirects elsewhere, perhaps to a sign-in page: check the URL and the credentials; Watchdesk looks it up before retrying',
  },
];

/** Undefined for 2xx: the body of the response tells what those mean. */
export const meaningOf = (status: number): AnswerMeaning | undefined =>
  ANSWERS.find((meaning) => meaning.covers(status));
