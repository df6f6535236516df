import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { optionProblem, type OptionProblem } from '../../src/core/check-type.ts';

/** Finds certificates and keys that cannot be read, before the first probe; undefined when all can be. */
export function pemProblem(
  { ca, cert, key, passphrase }: { ca?: string; cert?: string; key?: string; passphrase?: string },
  path: readonly string[],
): OptionProblem | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  // OpenSSL skips CA certificates that it cannot read, and then trusts nobody.
  const unreadable = ca === undefined ? undefined : unreadableCertificate(ca);
  if (unreadable !== undefined)
    return optionProblem(
      path.at(-1) === 'ca' ? path : [...path, 'ca'],
      `certificates in PEM (${unreadable})`,
    );
  try {
    createSecureContext({ ca, cert, key, passphrase });
    return undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    return optionProblem(path, `matching certificates and keys in PEM (${code ?? 'not readable'})`);
  }
}

function unreadableCertificate(bundle: string): string | undefined {
  const blocks =
    bundle.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length === 0) return 'there is none in it';
  const broken = blocks.findIndex((block) => !isCertificate(block));
  return broken === -1 ? undefined : `number ${broken + 1} of ${blocks.length} is not readable`;
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).subject !== undefined;
  } catch {
    return false;
  }
}
