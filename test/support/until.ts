import { FairTime } from './fair-time.ts';

/**
 * Asks again and again until the answer is there; fails with what the last one was. `fairMs`: as long as that takes at
 * most on an idle machine.
 */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  fairMs = 25_000,
): Promise<Value> {
  const time = new FairTime();
  let last: unknown;
  while (time.elapsedMs() < fairMs) {
    try {
      const value = await ask();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(
    `${what} did not come about; the last answer was ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}
