import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readBytes } from './read-files.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Certificate chain and private key as PEM text. */
export interface ServerTls {
  cert: string;
  key: string;
}

/** Reads the files of `server.tls`; they are watched like the config, so a renewed certificate is used at once. */
export async function buildTls(
  main: YamlFile,
  { server: { tls } }: WatchdeskFile,
  problems: ConfigProblem[],
): Promise<{ tls?: ServerTls; files: string[] }> {
  if (!tls) return { files: [] };
  const files = [tls.cert, tls.key];
  const text = async (name: 'cert' | 'key'): Promise<string | undefined> => {
    const bytes = await readBytes(tls[name]);
    if (typeof bytes !== 'string') return Buffer.from(bytes).toString('utf8');
    problems.push(main.problem(['server', 'tls', name], `${tls[name]} ${bytes}`));
    return undefined;
  };
  const [cert, key] = [await text('cert'), await text('key')];
  if (cert === undefined || key === undefined) return { files };
  const certificate = parsedOr(() => new X509Certificate(cert));
  const privateKey = parsedOr(() => createPrivateKey(key));
  if (!certificate) {
    const problem = `${tls.cert} holds no certificate; expected PEM text that begins with -----BEGIN CERTIFICATE-----`;
    problems.push(main.problem(['server', 'tls', 'cert'], problem));
  }
  if (!privateKey) {
    const problem = `${tls.key} holds no private key that can be read; expected PEM text without a password`;
    problems.push(main.problem(['server', 'tls', 'key'], problem));
  }
  if (!certificate || !privateKey) return { files };
  if (!certificate.checkPrivateKey(privateKey)) {
    const problem = `${tls.key} does not belong to the certificate in ${tls.cert}; expected its private key`;
    problems.push(main.problem(['server', 'tls', 'key'], problem));
    return { files };
  }
  return { tls: { cert, key }, files };
}

function parsedOr<Value>(parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
