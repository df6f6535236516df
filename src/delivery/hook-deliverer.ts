import { request } from 'undici';
import { isEventPost, type Outcome } from '../core/effect.ts';
import { wasNotSent } from '../core/not-sent.ts';
import type { EventHook } from '../core/desk/event-hook.ts';
import { hmac } from '../outside/signature.ts';
import type { Accepted } from '../core/accepted.ts';
import { hookQueue } from '../core/queues.ts';
import type { Deliverer } from './deliverer.ts';
import { say } from '../text/say.ts';

/** Posts signed events, in order for each ticket. The receiver deduplicates by idempotency key. */
export function hookDeliverer(hook: EventHook, now: () => number): Deliverer {
  return {
    queue: hookQueue(hook.name),
    concurrency: 4,
    deadlineMs: hook.timeoutMs + 5_000,
    lagMs: 0,
    prepare: (effect) =>
      isEventPost(effect) ? { is: 'ready', effect } : { is: 'permanent', why: say('delivery.wrong-kind') },
    async attempt(effect): Promise<Outcome<Accepted>> {
      if (!isEventPost(effect)) return { is: 'permanent', why: say('delivery.wrong-kind') };
      const { event, body } = effect.content;
      const text = JSON.stringify({ id: effect.id, event, ...(body as object) });
      const stamp = String(Math.trunc(now() / 1_000));
      try {
        const answer = await request(hook.url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'idempotency-key': effect.id,
            'x-watchdesk-timestamp': stamp,
            'x-watchdesk-signature': `sha256=${hmac('sha256', hook.secret, `${stamp}.${text}`, 'hex')}`,
            ...hook.headers,
          },
          body: text,
          headersTimeout: hook.timeoutMs,
          bodyTimeout: hook.timeoutMs,
          signal: AbortSignal.timeout(hook.timeoutMs),
        });
        await answer.body.dump();
        return ofStatus(effect.id, answer.statusCode, Number(answer.headers['retry-after']));
      } catch (error) {
        const { code, name } = error as NodeJS.ErrnoException;
        const why = say(wasNotSent(code) ? 'delivery.no-connection' : 'delivery.no-answer', {
          receiver: hook.name,
          code: code ?? name,
        });
        return { is: 'temporary', why };
      }
    },
    // Safe to send again: the receiver deduplicates by idempotency key.
    lookUp: () => Promise.resolve({ is: 'done', value: null }),
  };
}

function ofStatus(id: string, status: number, retryAfterSeconds: number): Outcome<Accepted> {
  if (status < 300) return { is: 'done', value: { remoteId: id } };
  const why = say('delivery.receiver-status', { status });
  const isLater = status >= 500 || status === 408 || status === 425 || status === 429;
  if (!isLater) return { is: 'permanent', why };
  return {
    is: 'temporary',
    why,
    ...(retryAfterSeconds > 0 && { retryAfterMs: retryAfterSeconds * 1_000 }),
  };
}
