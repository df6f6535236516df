import { expect, test } from 'vitest';
import { MailServer } from '../fakes/mail-server.ts';
import { freePort } from '../support/free-port.ts';
import { hasImapServer, ImapServer } from '../support/imap-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const mailOf = (n: number, text: string, more = '') => `From: Ann <ann@acme.example>
To: support@provider.example
Subject: Printer ${n}
Message-ID: <m${n}@acme.example>
${more}Date: Mon, 23 Nov 2026 10:00:00 -0500

${text}
`;

test.skipIf(!hasImapServer)(
  'mail in by IMAP and out by SMTP: a ticket, its answer with the number, the reply in its thread, nothing twice over kill -9',
  async () => {
    const [imap, smtp, port] = [await ImapServer.start(), await MailServer.start(), await freePort()];
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
timezone: America/Toronto
people: { maria: { name: Maria Chen, sms: "+12895550101", email: maria@provider.example } }
on_call: { operations-manager: { timezone: America/Toronto, layers: [{ rotation: [maria], start: 2026-01-05T09:00, every: 1 week }], fallback: maria } }
channels: { sms: { type: console }, email: { type: email, host: 127.0.0.1, port: ${smtp.port}, tls: none, from: "Support <support@provider.example>" } }
desk: { mail: ${imap.settings} }
`,
      'targets/acme.yaml': 'customer: { name: Acme Ltd, plan: vip, domains: [acme.example] }\n',
      'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
    });
    await imap.deliver(mailOf(1, 'It burns.'));
    const monitor = new WatchdeskProcess(folder, port);
    await monitor.start();
    const tickets = () => monitor.list('desk/tickets');
    await until('a ticket', async () => (await tickets()).length === 1);
    await until('the automatic answer', async () => smtp.mails.length === 1);
    const [answer] = smtp.mails;
    expect(answer!.to).toEqual(['ann@acme.example']);
    expect(answer!.raw).toContain('[#1] Printer 1');
    expect(answer!.raw).toMatch(/Auto-Submitted: auto-replied/i);

    // The server says that there is more; nobody waits an hour.
    const id = /Message-ID: <([^>]+)>/i.exec(answer!.raw)![1];
    await imap.deliver(mailOf(2, 'More smoke.', `In-Reply-To: <${id}>\n`));
    await until('the answer', async () => {
      const { trail } = await monitor.json('/api/v1/desk/tickets/1');
      return trail.some(
        ({ event, text }: { event: string; text: string }) => event === 'answer' && text === 'More smoke.',
      );
    });
    await until('all is read', async () => (await imap.count()).unseen === 0);

    // Killed while mails come in, and one of them comes twice.
    await imap.deliver(...[3, 4, 5, 6].map((n) => mailOf(n, `Number ${n}`)));
    await monitor.kill();
    await imap.deliver(mailOf(3, 'Number 3'));
    await monitor.start();
    await until('all are there', async () => (await tickets()).length === 5);
    await until('all is read', async () => (await imap.count()).unseen === 0);
    expect((await tickets()).map(({ subject }) => subject).sort()).toEqual([
      'Printer 1',
      'Printer 3',
      'Printer 4',
      'Printer 5',
      'Printer 6',
    ]);
    expect(await monitor.metric('watchdesk_desk_mails_total{outcome="new"}')).toBeGreaterThanOrEqual(0);
    expect(monitor.output).not.toContain(imap.password.replaceAll(' ', '_'));
  },
);
