import { expect, onTestFinished, test } from 'vitest';
import { MailServer } from '../fakes/mail-server.ts';
import { browserPath, openBrowser } from '../support/browser.ts';
import { ControlledSite } from '../support/controlled-site.ts';
import { freePort } from '../support/free-port.ts';
import { complaintsOf, LOOKS, openPage as open, picture } from '../support/looks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

async function watchAll() {
  const [port, publicPort, mail] = [await freePort(), await freePort(), await MailServer.start()];
  const sites = new Map<string, ControlledSite>();
  const files: Record<string, string> = {
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: America/Toronto
people: { maria: { name: Maria Chen, sms: "+12895550101" }, devon: { name: Devon Hall, sms: "+12895550102" } }
on_call: { operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria, devon], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
channels: { sms: { type: console }, email: { type: email, host: 127.0.0.1, port: ${mail.port}, tls: none, from: "watch@provider.example" } }
defaults: { interval: 1s, timeout: 1s, retry_interval: 200ms, failures: 3, recoveries: 1 }
status_page:
  title: Example Hosting
  listen: 127.0.0.1:${publicPort}
  subscribe: email
  phone: "+1 555 0100"
  components: [{ name: Web shop, targets: [shop] }, { name: Booking, targets: [booking] }, { name: Mail, targets: [mail] }]
`,
  };
  for (const [name, customer, kind, place] of [
    ['shop', 'Acme Ltd', 'site', 'Toronto'],
    ['edge-router', 'Acme Ltd', 'network', 'Toronto'],
    ['mail', 'Acme Ltd', 'server', 'Hamilton'],
    ['booking', 'Globex', 'site', 'Hamilton'],
  ]) {
    const site = await ControlledSite.start();
    sites.set(name!, site);
    files[`targets/${name}.yaml`] = `
customer: { name: ${customer}, plan: vip }
targets: [{ name: ${name}, kind: ${kind}, site: ${place}, url: "${site.url}", checks: [{ type: http, path: /health }] }]
`;
  }
  const monitor = new WatchdeskProcess(await temporaryFolder(files), port);
  await monitor.start();
  await until('all up', async () => (await monitor.list('targets')).every(({ health }) => health === 'up'));
  return { monitor, sites, publicUrl: `http://127.0.0.1:${publicPort}` };
}

test.skipIf(!browserPath)(
  'wall, target, incident, maintenance, on-call, public page and report: seen by everybody, at every size',
  async () => {
    const { monitor, sites, publicUrl } = await watchAll();
    sites.get('booking')!.answer(503);
    await until('an incident', async () => (await monitor.list('incidents')).length === 1);
    await monitor.post('/api/v1/maintenance', {
      name: 'New disks',
      targets: ['mail'],
      for: '2h',
      by: 'devon',
    });
    const [{ id }] = await monitor.list('incidents');
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const problems: string[] = [];
    const found: string[] = [];
    for (const look of LOOKS) {
      const page = await open(browser, look, problems);
      for (const [name, address] of [
        ['wall', '/'],
        ['wall-search', '/?q=acme&by=kind'],
        ['target', '/targets/booking'],
        ['incidents', '/incidents'],
        ['incident', `/incidents/${id}`],
        ['maintenance', '/maintenance'],
        ['oncall', '/oncall'],
        ['missing', '/targets/nothing'],
        ['status', `${publicUrl}/status`],
        ['status-report', `${publicUrl}/status/report`],
        ['status-reported', `${publicUrl}/status/reported`],
      ]) {
        await page.goto(address!.startsWith('http') ? address! : monitor.url + address!);
        await page.locator('h1').first().waitFor({ state: 'attached' });
        const where = `${name} at ${look.width} ${look.colorScheme}`;
        for (const complaint of await complaintsOf(page)) found.push(`${where}: ${complaint}`);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (wide > look.width) found.push(`${where}: ${wide} pixels wide`);
        if (look.width === 1440 && look.colorScheme === 'light' && name === 'target')
          await picture(page, 'target');
        if (look.width === 390 && look.colorScheme === 'light' && name === 'status')
          await picture(page, 'status-phone');
      }
      await page.close();
    }
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
  },
);

test.skipIf(!browserPath)(
  'by keyboard and finger: search, walk, probe now, plan and change work, report a critical problem',
  async () => {
    const { monitor, sites, publicUrl } = await watchAll();
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const problems: string[] = [];
    const page = await open(browser, LOOKS[2], problems);
    await page.goto(monitor.url);
    await page.getByText(/^Live, times in/).waitFor();
    const rows = page.locator('a.target');
    expect(await rows.count()).toBe(4);
    // j and k walk, Enter opens, / searches.
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await rows.nth(1).getAttribute('href');
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe(second);
    await page.keyboard.press('k');
    await page.keyboard.press('/');
    await page.keyboard.type('hamilton');
    await page.getByText('2 of 4 targets.').waitFor();
    await page.waitForURL('**/?q=hamilton');
    expect(await page.evaluate('document.activeElement.value')).toBe('hamilton');
    await page.getByRole('link', { name: 'Sites' }).click();
    await page.getByRole('heading', { name: /^Hamilton/ }).waitFor();
    expect(await page.getByRole('heading', { name: /^Toronto/ }).count()).toBe(0);
    // What happens meanwhile comes in, and what is looked for stays.
    sites.get('booking')!.answer(500);
    await page.locator('a.target .mark.down').waitFor();
    await page.getByRole('link', { name: '1 down', exact: true }).click();
    await page.getByText('1 of 4 targets.').waitFor();

    await page.locator('a.target').click();
    await page.getByRole('button', { name: 'Probe now' }).click();
    await page.getByRole('heading', { name: 'Probe results' }).waitFor();
    await page.getByText(/Failed, unexpected HTTP status/).waitFor();
    expect(await page.locator('section[aria-label="Probed now"] pre').textContent()).toMatch(
      /connected to 127\.0\.0\.1/,
    );
    await page.goto(`${monitor.url}/targets/booking`);
    expect(await page.locator('.days li').count()).toBe(90);
    await page.locator('.days li').last().focus();
    expect(await page.locator('.days li').last().getAttribute('title')).toMatch(
      /: \d+.*%, 1 outage, down [\d.]+ (s|min)$/,
    );
    await page.locator('svg.chart').waitFor();
    expect(await page.locator('svg.chart .bad').count()).toBeGreaterThan(0);

    await page.goto(`${monitor.url}/maintenance`);
    await page.getByLabel('Description').fill('New disks');
    await page.getByLabel('Targets').fill('mail, shpo');
    await page.getByLabel('Starts').fill('2035-12-01T02:00');
    await page.getByLabel('Your name').fill('devon');
    await page.getByRole('button', { name: 'Plan' }).click();
    await page.getByText('did you mean "shop"').waitFor();
    expect(await page.getByLabel('Description').inputValue()).toBe('New disks');
    await page.getByLabel('Targets').fill('mail, shop');
    await page.getByLabel('Your name').fill('devon');
    await page.getByRole('button', { name: 'Plan' }).click();
    await page.getByText('New disks').first().waitFor();
    const [planned] = await monitor.list('maintenance');
    expect(planned).toMatchObject({
      targets: ['mail', 'shop'],
      from: '2035-12-01T07:00:00.000Z',
      to: '2035-12-01T08:00:00.000Z',
      by: 'devon',
    });
    await page.getByText('Edit', { exact: true }).click();
    await page.locator('details').getByLabel('Description').fill('Newer disks');
    await page.locator('details').getByLabel('Ends').fill('2035-12-01T06:30');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Newer disks').first().waitFor();
    const [changed, ...more] = await monitor.list('maintenance');
    expect([changed, more]).toMatchObject([
      { id: planned.id, name: 'Newer disks', to: '2035-12-01T11:30:00.000Z' },
      [],
    ]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('No maintenance planned.').waitFor();

    const phone = await open(browser, LOOKS[1], problems);
    await phone.goto(publicUrl);
    await phone.getByRole('heading', { name: 'Outage: Booking.' }).waitFor();
    await phone.getByRole('link', { name: 'Report a critical problem' }).click();
    await phone.getByLabel('What is not working?').fill('Nobody can book.');
    await phone.getByLabel('Which service is affected?').selectOption('Booking');
    await phone.getByLabel('Your name').fill('Jane Doe');
    await phone.getByLabel('How can we reach you?').fill('+1 416 555 0199');
    await phone.getByRole('button', { name: 'Submit report' }).click();
    await phone.getByRole('heading', { name: 'Report received' }).waitFor();
    await until('its ticket', async () => {
      await phone.reload();
      return phone.getByText(/^Ticket \d/).isVisible();
    });
    expect((await monitor.list('incidents')).map(({ reason }) => reason)).toContain('reported-in');
    expect(problems).toEqual([]);
  },
);
