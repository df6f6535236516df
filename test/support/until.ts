/** Asks again and again until the answer is there; fails with what the last one was. */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  timeoutMs = 25_000,
): Promise<Value> {
  const giveUpAt = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < giveUpAt) {
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
