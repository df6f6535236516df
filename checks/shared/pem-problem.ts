import { createSecureContext } from 'node:tls';
import { optionProblem, type OptionProblem } from '../../src/core/check-type.ts';

/** Certificates and keys that cannot be read, found before the first probe; undefined when all is well. */
export function pemProblem(
  { ca, cert, key, passphrase }: { ca?: string; cert?: string; key?: string; passphrase?: string },
  path: readonly string[],
): OptionProblem | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  try {
    createSecureContext({ ca, cert, key, passphrase });
    return undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    return optionProblem(path, `matching certificates and keys in PEM (${code ?? 'not readable'})`);
  }
}
