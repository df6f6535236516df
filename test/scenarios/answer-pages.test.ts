import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { browserPath, openBrowser } from '../support/browser.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { PROJECT, WatchdeskProcess } from '../support/watchdesk-process.ts';

const TAKE_PICTURES = process.env['TAKE_PICTURES'] === '1';

test.skipIf(!browserPath)(
  'a page is answered with one thumb and without a script; who is on call is shown and changed',
  async () => {
    const [twilio, site, port] = [await FakeTwilio.start(), await ControlledSite.start(), await freePort()];
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: America/Toronto
people:
  maria: { name: Maria Chen, sms: "+12895550101" }
  devon: { name: Devon Hall, sms: "+12895550102" }
  ines: { name: Ines Roy }
calendars: { office: { timezone: America/Toronto, hours: [{ days: mon-fri, from: "08:00", to: "17:00" }] } }
on_call:
  operations-manager:
    timezone: America/Toronto
    layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }]
    fallback: devon
  network:
    timezone: America/Toronto
    layers: [{ rotation: [devon, ines], start: 2026-01-05T09:00, every: 1 week, only: { outside: office } }]
    fallback: maria
channels: { sms: { twilio: ${JSON.stringify({ ...twilio.settings, webhooks: true })} } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
defaults: { interval: 1s, timeout: 1s, retry_interval: 200ms, failures: 3, recoveries: 2 }
`,
      'targets/t.yaml': `customer: { name: Acme Ltd, plan: vip }\ntargets: [{ name: shop, kind: site, url: "${site.url}", vendor: { name: Example Hosting, phone: "+1 555 0100" }, runbook: "https://wiki.example/shop", checks: [{ type: http }] }]\n`,
    });
    const monitor = new WatchdeskProcess(folder, port);
    await monitor.start();
    site.answer(503);
    await until('the page', () => twilio.sent.length === 1);
    const link = /http\S+\/a\/\S+/.exec(twilio.sent[0]!.body)![0];
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const open = (width: number, height: number, javaScriptEnabled = true) =>
      browser.newPage({
        viewport: { width, height },
        timezoneId: 'America/Toronto',
        locale: 'en-CA',
        reducedMotion: 'reduce',
        javaScriptEnabled,
      });
    const phone = await open(390, 844, false);
    await phone.goto(link);
    const button = phone.getByRole('button', { name: 'Acknowledge' });
    const box = (await button.boundingBox())!;
    expect(box.height).toBeGreaterThanOrEqual(44);
    expect(box.y + box.height).toBeLessThan(844);
    await picture(phone, 'answer-phone');
    const narrow = await open(320, 640);
    await narrow.goto(link);
    expect(await narrow.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await button.click();
    await phone.getByText('Done. The ticket is updated.').waitFor();
    await phone.getByText('Acknowledged by Maria Chen').waitFor();
    await phone.getByRole('button', { name: '1 h', exact: true }).click();
    await phone.getByText('Estimated fix by').waitFor();
    expect((await monitor.list('incidents'))[0]).toMatchObject({ status: 'worked', by: 'maria' });

    const screen = await open(1280, 900);
    await screen.goto(`${monitor.url}/oncall`);
    await screen.getByText('no configured channel reaches Ines Roy').first().waitFor();
    await screen.locator('select[name=schedule]').selectOption('network');
    await screen.locator('select[name=what]').selectOption('with');
    await screen.locator('select[name=who]').selectOption('maria');
    await screen.getByLabel('Your name').fill('devon');
    await screen.getByRole('button', { name: 'Add override' }).click();
    await screen.getByText('Maria Chen in place of the person on call').waitFor();
    await picture(screen, 'oncall');
    await narrow.goto(`${monitor.url}/oncall`);
    expect(await narrow.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    await screen.getByRole('button', { name: 'Cancel' }).click();
    await until('its end', async () => (await monitor.list('oncall/overrides')).length === 0);
  },
);

async function picture(
  page: { screenshot(options: { path: string }): Promise<unknown> },
  name: string,
): Promise<void> {
  if (!TAKE_PICTURES) return;
  await mkdir(join(PROJECT, 'docs/pictures'), { recursive: true });
  await page.screenshot({ path: join(PROJECT, `docs/pictures/${name}.png`) });
}
