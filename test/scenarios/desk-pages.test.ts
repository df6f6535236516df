import type { Page } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { cheapHash } from '../support/cheap-hash.ts';
import { browserPath, openBrowser } from '../support/browser.ts';
import { MailServer } from '../fakes/mail-server.ts';
import { freePort } from '../support/free-port.ts';
import { complaintsOf, LOOKS, openPage, picture } from '../support/looks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const PASSWORD = 'correct horse battery';

async function provider(): Promise<WatchdeskProcess> {
  const [port, hash] = [await freePort(), cheapHash(PASSWORD)];
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}", public_url: "http://127.0.0.1:${port}" }
timezone: America/Toronto
people:
  maria: { name: Maria Chen, sms: "+12895550101", email: maria@provider.example }
  devon: { name: Devon Hall, sms: "+12895550102", email: devon@provider.example }
teams: { support: { members: [maria, devon] } }
on_call: { operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
escalation: { urgent: [{ page: operations-manager, via: [sms] }] }
channels: { email: { type: email, host: 127.0.0.1, port: ${(await MailServer.start()).port}, tls: none, from: desk@provider.example } }
plans: { vip: { availability: 99.95 } }
service:
  levels:
    - { name: urgent, for: { priorities: urgent }, acknowledge: 1h, update: 1h }
    - { name: high, for: { priorities: high }, respond: 4h, resolve: 1d }
    - { name: others, respond: 1d }
desk:
  severity: true
  categories: [{ name: hosting, links: [{ title: How to publish, url: https://support.example.com/hosting }] }]
  fields: [{ name: product, label: Product, required_for: [incident] }]
  portal: { title: Example support }
access:
  users:
    maria: { role: admin, password: "${hash}" }
    devon: { role: agent, password: "${hash}" }
`,
    'targets/acme.yaml': `customer: { name: Acme Ltd, plan: vip }\ntargets: [{ name: shop, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
    'targets/globex.yaml': 'customer: { name: Globex, plan: vip }\n',
  });
  const monitor = new WatchdeskProcess(folder, port);
  await monitor.start();
  return monitor;
}

const signIn = async (page: Page, url: string, login: string) => {
  await page.goto(`${url}/login`);
  await page.getByLabel('Username or email address').fill(login);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

test.skipIf(!browserPath)(
  'a customer, an agent and a manager walk their pages, on a phone and on a screen, in light and in dark',
  async () => {
    const { url } = await provider();
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const problems: string[] = [];
    const found: string[] = [];
    const [phone, , screen] = LOOKS;

    // The manager invites a customer's account manager.
    const manager = await openPage(browser, screen!, problems);
    await signIn(manager, url, 'maria');
    await manager.getByRole('link', { name: 'Users' }).click();
    await manager.getByLabel('Name').fill('Ann Lee');
    await manager.getByLabel('Email address').fill('ann@acme.example');
    await manager.getByLabel('Customer').selectOption('Acme Ltd');
    await manager.getByLabel('Role').selectOption('account-manager');
    await manager.getByRole('button', { name: 'Invite', exact: true }).click();
    const invitation = await manager.locator('pre').innerText();

    // The customer chooses a password, on a phone, and asks for help.
    const customer = await openPage(browser, phone!, problems);
    await customer.goto(invitation);
    await customer.locator('input[name=password]').fill(PASSWORD);
    await customer.getByLabel('Confirm password').fill(PASSWORD);
    await customer.getByRole('button', { name: 'Continue' }).click();
    await customer.getByRole('link', { name: 'New ticket' }).click();
    await customer.getByLabel('Subject').fill('The shop sells nothing');
    await customer.getByLabel('Priority').selectOption('high');
    await customer.getByLabel('Severity').selectOption('2');
    await customer.getByLabel('Description').fill('Since this morning every order ends with an empty page.');
    await customer.getByRole('button', { name: 'Send' }).click();
    // What is missing is said, and nothing that was typed is lost.
    expect(await customer.getByRole('alert').innerText()).toContain(
      '"Product" is required for this type of ticket.',
    );
    expect(await customer.getByLabel('Description').inputValue()).toContain('empty page');
    await customer.getByLabel('Product').fill('Shop 4.2');
    await customer
      .getByLabel('Attachments')
      .setInputFiles({ name: 'order.txt', mimeType: 'text/html', buffer: Buffer.from('order 17') });
    await customer.getByRole('button', { name: 'Send' }).click();
    expect(await customer.getByRole('heading', { level: 1 }).innerText()).toContain('The shop sells nothing');

    expect(await customer.locator('main').innerText()).toMatch(/First response due by/);

    // The agent finds it in the queue, takes it, notes and answers.
    const agent = await openPage(browser, screen!, problems);
    await signIn(agent, url, 'devon');
    await agent.getByRole('link', { name: 'Tickets' }).click();
    expect(await agent.locator('.tickets').innerText()).toMatch(/First response due in/);
    await agent.getByRole('link', { name: /The shop sells nothing/ }).click();
    await agent.getByRole('button', { name: 'Assign to me' }).click();
    await agent.getByLabel('Message').fill('Their disk was full last year, too.');
    await agent.getByRole('button', { name: 'Add internal note' }).click();
    await agent.getByLabel('Message').fill('A disk is full. We make room; it works again within the hour.');
    await agent.getByLabel('After sending').selectOption('waiting-customer');
    await agent.getByRole('button', { name: 'Send reply' }).click();
    expect(await agent.locator('.lead').innerText()).toMatch(/waiting on customer, assigned to Devon Hall/);
    const [download] = await Promise.all([
      agent.waitForEvent('download'),
      agent.getByRole('link', { name: 'order.txt' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('order.txt');

    // The customer reads the answer and not the note, and writes back.
    await customer.reload();
    const seen = await customer.locator('main').innerText();
    expect(seen).toContain('We make room');
    expect(seen).not.toContain('last year');
    // It waits for them now.
    expect(seen).not.toContain('due by');
    await customer.getByLabel('Message').fill('It works. Thank you.');
    await customer.getByRole('button', { name: 'Send' }).click();
    await agent.reload();
    expect(await agent.locator('.lead').innerText()).toMatch(/in progress/);

    // The manager sees what was kept.
    await manager.getByRole('link', { name: 'Reports' }).click();
    await manager.getByLabel('Customer').selectOption('Acme Ltd');
    await manager.getByRole('button', { name: 'Show' }).click();
    expect(await manager.locator('main').innerText()).toMatch(/SLA met: 1 of 1/);
    await manager.getByRole('link', { name: 'Printable service review' }).click();
    expect(await manager.getByRole('heading', { level: 1 }).innerText()).toBe('Service review: Acme Ltd');

    const cookies = {
      staff: await manager.context().cookies(),
      customer: await customer.context().cookies(),
    };
    const month = new Date().toISOString().slice(0, 7);
    for (const look of LOOKS) {
      const page = await openPage(browser, look, problems);
      const pages: [string, keyof typeof cookies | undefined, string?][] = [
        ['/login', undefined],
        ['/forgotten', undefined],
        ['/tickets', 'staff', 'queue'],
        ['/tickets/1', 'staff', 'desk-ticket'],
        ['/users', 'staff'],
        [`/reports?month=${month}`, 'staff', 'reports'],
        [`/reports/review?month=${month}&customer=Acme%20Ltd`, 'staff'],
        ['/portal', 'customer', 'portal'],
        ['/portal/new', 'customer'],
        ['/portal/tickets/1', 'customer'],
        ['/portal/users', 'customer'],
        ['/account', 'customer'],
      ];
      for (const [path, who, name] of pages) {
        await page.context().clearCookies();
        if (who) await page.context().addCookies(cookies[who]);
        await page.goto(url + path);
        const shown = `${path} at ${look.width} ${look.colorScheme}`;
        expect(new URL(page.url()).pathname, shown).toBe(path.split('?')[0]);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        if ((width as number) > look.width) found.push(`${shown}: ${width} px wide`);
        found.push(...(await complaintsOf(page)).map((complaint) => `${shown}: ${complaint}`));
        if (name && look === (name === 'portal' ? phone : screen)) await picture(page, name);
      }
      await page.close();
    }
    expect(found).toEqual([]);
    expect(problems).toEqual([]);
  },
);
