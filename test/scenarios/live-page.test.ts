import { expect, onTestFinished, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { browserPath, openBrowser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const PASSWORD = 'correct horse battery';
/** How often an open page asks by itself. */
const INTERVAL_MS = 10_000;

test.skipIf(browserPath === undefined)(
  'a page that is left open says so when its network is cut, while somebody types, and when its session has ended',
  async () => {
    const port = await freePort();
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
access: { users: { maria: { role: admin, password: "${cheapHash(PASSWORD)}" } } }
`,
      'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
    });
    const monitor = new WatchdeskProcess(folder, port);
    const ready = async () => {
      monitor.spawn();
      await until('readiness', async () => (await fetch(`${monitor.url}/readyz`)).ok);
    };
    await ready();
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const context = await browser.newContext();
    const problems: string[] = [];
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    await page.clock.install();
    await page.goto(monitor.url);
    await page.getByLabel('Name or mail address').or(page.locator('input[name=login]')).first().fill('maria');
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.locator('main form button').first().click();
    const live = page.locator('#live');
    await page.getByText(/^Live, times in/).waitFor();

    // The network is cut: said within one interval, and over as soon as it is back.
    await context.setOffline(true);
    await page.clock.fastForward(INTERVAL_MS);
    await live.getByText(/^Not live since/).waitFor();
    await context.setOffline(false);
    await page.clock.fastForward(INTERVAL_MS);
    await live.getByText(/^Live, times in/).waitFor();

    // A restart: the same session goes on.
    await monitor.kill();
    await live.getByText(/^Not live since/).waitFor();
    await ready();
    await page.clock.fastForward(INTERVAL_MS);
    await live.getByText(/^Live, times in/).waitFor();

    // Text in a form: nothing moves under the fingers, and the page says that it stands still.
    await page.goto(`${monitor.url}/tickets`);
    await live.getByText(/^Live, times in/).waitFor();
    const subject = page.locator('form[action="/tickets"][method="post"] input[name=subject]');
    await subject.evaluate((field: { value: string }) => void (field.value = 'The printer burns'));
    await page.clock.fastForward(INTERVAL_MS);
    await live.getByText(/^Updates paused/).waitFor();
    expect(await subject.inputValue()).toBe('The printer burns');
    await page.goto(monitor.url);
    await live.getByText(/^Live, times in/).waitFor();

    // The session ends elsewhere.
    const other = await context.newPage();
    await other.goto(`${monitor.url}/account`);
    await other.getByRole('button', { name: 'Sign out', exact: true }).click();
    await other.waitForURL('**/login');
    await page.clock.fastForward(INTERVAL_MS);
    await live.getByText(/^Signed out at/).waitFor();
    expect(await live.getByRole('link', { name: 'Sign in' }).getAttribute('href')).toBe('/login?next=%2F');
    // It stays that way, whatever comes later.
    await page.clock.fastForward(3 * INTERVAL_MS);
    expect(await live.textContent()).toMatch(/^Signed out at/);
    expect(problems).toEqual([]);
  },
);
