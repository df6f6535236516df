import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { PROJECT } from './watchdesk-process.ts';

const TAKE_PICTURES = process.env['TAKE_PICTURES'] === '1';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A phone and a screen, in light and in dark. */
export const LOOKS = [
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 1440, height: 900, colorScheme: 'dark' },
] as const;

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** WCAG 2.2 A and AA, and axe's best practices. */
export async function complaintsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run(document)');
  return violations.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** A page whose scripts must not fail. */
export async function openPage(
  browser: Browser,
  look: (typeof LOOKS)[number],
  problems: string[],
): Promise<Page> {
  const { width, height, colorScheme } = look;
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme,
    timezoneId: 'America/Toronto',
    locale: 'en-CA',
    reducedMotion: 'reduce',
    // The test reads what the policy keeps from the page itself.
    bypassCSP: true,
  });
  page.on('pageerror', (error) => problems.push(error.message));
  return page;
}

/** For the README, when pictures are taken. */
export const picture = async (page: Page, name: string) => {
  if (!TAKE_PICTURES) return;
  const folder = join(PROJECT, 'docs/pictures');
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
};
