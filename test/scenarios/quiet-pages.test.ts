import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { browserPath, openBrowser } from '../support/browser.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PROJECT, WatchdeskProcess } from '../support/watchdesk-process.ts';

const TAKE_PICTURES = process.env['TAKE_PICTURES'] === '1';

test.skipIf(!browserPath)(
  'what is held back is shown with its reason, maintenance is planned and ended by a form, blindness is said aloud',
  async () => {
    const port = await freePort();
    const anchor = await ControlledSite.start();
    const [router, app, patched] = [
      await ControlledSite.start(),
      await ControlledSite.start(),
      await ControlledSite.start(),
    ];
    const site = (name: string, kind: string, url: string, more = '') =>
      `  - { name: ${name}, kind: ${kind}, url: "${url}"${more}, checks: [{ type: http }] }`;
    const branches = Array.from({ length: 12 }, (_, n) =>
      site(`branch-${n + 1}`, 'server', app.url, ', depends_on: [edge-router]'),
    );
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
on_call: { operations-manager: { timezone: America/Toronto, fallback: maria } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
connectivity: { anchors: ["tcp://${new URL(anchor.url).host}"], interval: 250ms, timeout: 250ms, failures: 2 }
defaults: { interval: 250ms, timeout: 250ms, failures: 2, recoveries: 2 }
`,
      'targets/bank.yaml': `customer: { name: Branch Bank }\ntargets:\n${[site('edge-router', 'network', router.url), ...branches].join('\n')}\n`,
      'targets/acme.yaml': `customer: { name: Acme Ltd }\ntargets:\n${site('shop', 'site', patched.url)}\n`,
    });
    const monitor = new WatchdeskProcess(folder, port);
    await monitor.start();
    await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const open = (width: number, height: number) =>
      browser.newPage({
        viewport: { width, height },
        timezoneId: 'America/Toronto',
        locale: 'en-CA',
        reducedMotion: 'reduce',
      });
    const [phone, screen] = [await open(390, 844), await open(1280, 860)];

    await phone.goto(`${monitor.url}/maintenance`);
    await phone.getByText('No maintenance planned.').waitFor();
    await phone.getByLabel('Description').fill('new disks');
    await phone.getByLabel('Targets').fill('shop');
    await phone.getByLabel('Your name').fill('maria');
    await phone.getByRole('button', { name: 'Plan' }).click();
    await phone.getByText('new disks').waitFor();

    for (const one of [router, app, patched]) one.answer(500);
    await screen.goto(monitor.url);
    await screen.getByRole('heading', { name: '1 incident open' }).waitFor();
    await screen
      .locator('.incident', { hasText: 'edge-router' })
      .getByText('12 dependent targets suppressed')
      .waitFor();
    await screen.locator('.target', { hasText: 'branch-7' }).getByText('depends on edge-router').waitFor();
    await screen.locator('.target', { hasText: 'shop' }).getByText('in maintenance (new disks)').waitFor();
    const [incident] = await monitor.list('incidents');
    expect(incident.affected).toHaveLength(12);

    const paths = ['/', '/maintenance', '/targets/shop', '/targets/branch-7', `/incidents/${incident.id}`];
    for (const path of paths) {
      for (const width of [320, 390]) {
        await phone.setViewportSize({ width, height: 844 });
        await phone.goto(monitor.url + path);
        const wide = await phone.evaluate<number>('document.documentElement.scrollWidth');
        expect(wide, `${path} at ${width}`).toBeLessThanOrEqual(width);
      }
    }
    await phone.getByRole('heading', { name: 'Affected' }).waitFor();
    if (TAKE_PICTURES) {
      const pictures = join(PROJECT, 'docs/pictures');
      await mkdir(pictures, { recursive: true });
      await screen.screenshot({ path: join(pictures, 'wall-behind.png') });
      await phone.goto(`${monitor.url}/maintenance`);
      await phone.screenshot({ path: join(pictures, 'maintenance-phone.png') });
    }

    await phone.goto(`${monitor.url}/maintenance`);
    await phone.getByRole('button', { name: 'End now' }).click();
    await phone.getByText('No maintenance planned.').waitFor();
    await screen.getByRole('heading', { name: '2 incidents open' }).waitFor();

    anchor.stop();
    await screen.getByRole('alert').getByText('The monitor has lost connectivity').waitFor();
    await screen.locator('.incident', { hasText: 'this-monitor' }).getByText('Blind for').waitFor();
  },
);
