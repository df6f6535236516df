import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { temporaryFolder } from './temporary-folder.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const browserPath = PLACES.find((path) => existsSync(path));

if (browserPath === undefined) {
  console.log('Skipped: tests in a real browser; to run them install Chromium (apt-get install chromium).');
}

/** For a page that does not come; on an idle machine each comes within a second. */
const PAGE_MS = 180_000;

/** A browser of this test's own. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
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
  const make = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await make(options);
    context.setDefaultTimeout(PAGE_MS);
    return context;
  };
  return browser;
}
