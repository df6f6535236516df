const MOST_WRONG = 10;
const DAY_MS = 86_400_000;

/**
 * Limits wrong PINs per customer and day, over all calls: a caller number is easily forged, and ten thousand PINs are
 * soon tried. Beyond the limit no PIN is asked for; the report is still taken.
 */
export class PinGuard {
  readonly #wrong = new Map<string, number[]>();

  mayTry(customer: string, now: number): boolean {
    return this.#lastDay(customer, now).length < MOST_WRONG;
  }

  wrong(customer: string, now: number): void {
    this.#wrong.set(customer, [...this.#lastDay(customer, now), now]);
  }

  #lastDay(customer: string, now: number): number[] {
    return (this.#wrong.get(customer) ?? []).filter((at) => now - at < DAY_MS);
  }
}
