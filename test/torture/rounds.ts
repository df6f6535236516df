/*
 * The proving ground. `npm test` runs a little of it; `npm run torture` runs long (TORTURE_ROUNDS, 20 by default), and
 * a round is done again from its seed with TORTURE_SEED. Faults and kills come from the seed; what the program makes
 * of them also hangs on the machine.
 */
export const isLong = process.env['TORTURE'] === 'long';
export const ROUNDS = Number(process.env['TORTURE_ROUNDS'] ?? (isLong ? 20 : 1));
export const SEED = Number(process.env['TORTURE_SEED'] ?? (isLong ? Date.now() % 1_000_000 : 7));
