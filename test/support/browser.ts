import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { temporaryFolder } from './temporary-folder.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const browserPath = PLACES.find((path) => existsSync(path));

if (browserPath === undefined) {
  console.log('Skipped: tests in a real browser; to run them install Chromium (apt-get install chromium).');
}

/** A browser of this test's own. */
export async function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disk-cache-dir=${await temporaryFolder()}`,
    ],
  });
}
