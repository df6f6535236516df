import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { browserPath, openBrowser } from '../support/browser.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PROJECT, WatchdeskProcess } from '../support/watchdesk-process.ts';

/** `npm run pictures` sets this: the pictures of the README are taken here, from the running product. */
const TAKE_PICTURES = process.env['TAKE_PICTURES'] === '1';

const SITES: [name: string, customer: string, kind: string][] = [
  ['shop', 'Acme Ltd', 'site'],
  ['edge-router', 'Acme Ltd', 'network'],
  ['mail', 'Acme Ltd', 'server'],
  ['booking', 'Globex', 'site'],
  ['api', 'Globex', 'server'],
  ['intranet', 'Initech', 'site'],
];

async function watchAll() {
  const port = await freePort();
  const sites = new Map<string, ControlledSite>();
  const files: Record<string, string> = {
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
  devon: { name: Devon Hall, sms: "+12895550102" }
on_call:
  operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria, devon], start: 2026-01-05T09:00, every: 1 week }], fallback: maria }
escalation: { urgent: [{ page: operations-manager, via: [sms] }, { after: 60m, unless: worked, page: operations-manager, via: [sms] }] }
defaults: { interval: 1s, timeout: 1s, retry_interval: 200ms, failures: 3, recoveries: 2 }
`,
  };
  for (const [name, customer, kind] of SITES) {
    const site = await ControlledSite.start();
    sites.set(name, site);
    files[`targets/${name}.yaml`] = `
customer: { name: ${customer}, plan: vip }
targets: [{ name: ${name}, kind: ${kind}, url: "${site.url}", vendor: { name: Example Hosting, phone: "+1 555 0100" }, runbook: "https://wiki.example/${name}", checks: [{ type: http, path: /health }] }]
`;
  }
  const monitor = new WatchdeskProcess(await temporaryFolder(files), port);
  await monitor.start();
  await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
  return { monitor, sites };
}

test.skipIf(!browserPath)(
  'the wall tells, without a reload, what goes down and comes back, on a phone and on a screen',
  async () => {
    const { monitor, sites } = await watchAll();
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const problems: string[] = [];
    const open = async (width: number, height: number, colorScheme: 'light' | 'dark') => {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme,
        timezoneId: 'America/Toronto',
        locale: 'en-CA',
        reducedMotion: 'reduce',
      });
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      await page.goto(monitor.url);
      return page;
    };
    const [phone, screen] = [await open(390, 844, 'dark'), await open(1280, 860, 'light')];
    await screen.getByText('All targets are up.').waitFor();
    await screen.getByText(/^Live, times in/).waitFor();
    const icon = () => screen.locator('link[rel=icon]').getAttribute('href');
    expect(await icon()).toBe('/assets/icon.svg');

    sites.get('shop')!.answer(500);
    sites.get('booking')!.answer(503);
    for (const page of [phone, screen])
      await page.getByRole('heading', { name: '2 incidents open' }).waitFor();
    await screen
      .locator('.incident', { hasText: 'shop' })
      .getByText(/Desk \d/)
      .waitFor();
    await screen
      .locator('.incident', { hasText: 'booking' })
      .getByText(/Desk \d/)
      .waitFor();
    expect(await screen.title()).toBe('2 open · Watchdesk');
    expect(await icon()).toBe('/assets/icon-down.svg');

    await phone.locator('.incident', { hasText: 'shop' }).click();
    // An answer to a refresh that comes while somebody writes takes nothing away from them.
    let release = () => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    const held = new Promise<void>((resolve) => {
      void phone.route('**/incidents/*', async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        resolve();
        await slow;
        await route.continue();
      });
    });
    sites.get('mail')!.answer(500);
    await held;
    await phone.getByLabel('Your name').fill('maria');
    await phone.getByLabel('Your name').blur();
    const refreshed = phone.waitForResponse('**/incidents/*');
    release();
    await refreshed;
    await phone.unroute('**/incidents/*');
    sites.get('mail')!.answer(200);
    // One more way there and back: what came before has been dealt with.
    await phone.evaluate("fetch('/healthz').then((answer) => answer.text())");
    expect(await phone.getByLabel('Your name').inputValue()).toBe('maria');
    const button = phone.getByRole('button', { name: 'Acknowledge' });
    expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(44);
    await button.click();
    await phone.getByText('Acknowledged by Maria Chen at').waitFor();
    await screen.locator('.incident', { hasText: 'shop' }).getByText('acknowledged by Maria Chen').waitFor();

    // Nothing is wider than the phone, on any page.
    for (const path of ['/', '/targets/shop', '/tickets/1', new URL(phone.url()).pathname, '/nothing-here']) {
      for (const width of [320, 390]) {
        await phone.setViewportSize({ width, height: 844 });
        const answer = await phone.goto(monitor.url + path);
        expect(
          await phone.evaluate<number>('document.documentElement.scrollWidth'),
          `${path} at ${width}`,
        ).toBeLessThanOrEqual(width);
        expect((await answer!.body()).length, `size of ${path}`).toBeLessThan(50_000);
      }
    }
    if (TAKE_PICTURES) {
      const folder = join(PROJECT, 'docs/pictures');
      await mkdir(folder, { recursive: true });
      await screen.screenshot({ path: join(folder, 'wall.png') });
      await phone.setViewportSize({ width: 390, height: 844 });
      await phone.goto(monitor.url);
      await phone.locator('.incident', { hasText: 'shop' }).click();
      await phone.getByRole('heading', { name: 'Timeline' }).waitFor();
      await phone.screenshot({ path: join(folder, 'incident-phone.png') });
    }

    for (const site of sites.values()) site.answer(200);
    await screen.getByText('All targets are up.').waitFor();
    await monitor.kill();
    await screen.getByText(/^Not live since/).waitFor();
    expect(
      problems.filter((problem) => !/ERR_(CONNECTION|INCOMPLETE|EMPTY)|404|Failed to fetch/.test(problem)),
    ).toEqual([]);
  },
);
