import { createInterface } from 'node:readline';
import { renderUnicodeCompact } from 'uqr';
import { hashPassword, PASSWORD_MAX, PASSWORD_MIN } from '../access/password.ts';
import { newTotpKey, totpUri } from '../access/totp.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complain, print, printJson } from './print.ts';

/** Prints the lines for `access.users`: the hash of a password that is typed or piped in, and a second factor. */
export async function password(options: { totp?: boolean; name: string; json?: boolean }): Promise<ExitCode> {
  const typed = await readSecret('Password: ');
  if (typed.length < PASSWORD_MIN || typed.length > PASSWORD_MAX) {
    complain(`A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters; this one has ${typed.length}.`);
    return EXIT.usage;
  }
  const hash = await hashPassword(typed);
  const key = options.totp ? newTotpKey() : undefined;
  if (options.json) {
    printJson({ password: hash, ...(key !== undefined && { totp: key, uri: totpUri(key, options.name) }) });
    return EXIT.well;
  }
  print(`password: ${hash}`);
  if (key !== undefined) {
    print(`totp: ${key}`);
    const uri = totpUri(key, options.name);
    print(`# For the authenticator app: ${uri}`);
    // Cameras expect dark on light; most terminals are the reverse.
    if (process.stdout.isTTY) print(renderUnicodeCompact(uri));
  }
  return EXIT.well;
}

/** Reads one line without echoing it. */
async function readSecret(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  const isTyped = stdin.isTTY === true;
  if (isTyped) {
    stderr.write(prompt);
    stdin.setRawMode(true);
  }
  try {
    if (!isTyped) {
      for await (const line of createInterface({ input: stdin })) return line;
      return '';
    }
    let text = '';
    for await (const piece of stdin) {
      for (const character of String(piece)) {
        if (character === '\r' || character === '\n') return text;
        if (character === '\u0003') process.exit(130);
        if (character === '\u007f') text = text.slice(0, -1);
        else text += character;
      }
    }
    return text;
  } finally {
    if (isTyped) {
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    }
  }
}
