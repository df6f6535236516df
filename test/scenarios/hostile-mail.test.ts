import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { hasImapServer, ImapServer } from '../support/imap-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { WatchdeskProcess } from '../support/watchdesk-process.ts';

const head = (name: string, more = '') =>
  `From: ${name} <${name}@evil.example>\r\nTo: support@provider.example\r\nSubject: ${name}\r\nMessage-ID: <${name}@evil.example>\r\n${more}`;

/** Each froze or killed a monitor that parsed mails with everything else. */
const MAILS: Record<string, string> = {
  endings: `${head('endings')}\r\n${'\r\n'.repeat(1_500_000)}`,
  quotes: `${head('quotes')}\r\n${'> x\r\n'.repeat(1_000_000)}`,
  white: `${head('white', 'Content-Type: text/html\r\n')}\r\n<p>${' '.repeat(3_000_000)}</p>`,
  flowed: `${head('flowed', 'Content-Type: text/plain; format=flowed\r\n')}\r\n${'a \r\n'.repeat(700_000)}`,
  nested: `${head('nested')}${Array.from({ length: 3_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join('')}`,
  references: `${head('references')}References: ${'<a@b>'.repeat(100_000)}\r\n\r\nwords`,
  group: `${head('group').replace(/^From: .*\r\n/, `From: ${'g:'.repeat(200_000)}\r\n`)}\r\nwords`,
  paper: `${head('paper', 'Content-Type: application/pdf; name=paper.pdf\r\nContent-Transfer-Encoding: base64\r\n')}\r\n${`${Buffer.from(`%PDF-1.4${'x'.repeat(49)}`).toString('base64')}\r\n`.repeat(160_000)}`,
};

const memoryOf = async (pid: number): Promise<number> =>
  Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024;

test.skipIf(!hasImapServer)(
  'mails that are made to stop the monitor become tickets, and it goes on meanwhile in a small memory',
  async () => {
    const [imap, port] = [await ImapServer.start(), await freePort()];
    const folder = await temporaryFolder({
      'watchdesk.yaml': `
server: { listen: "127.0.0.1:${port}" }
people: { maria: { name: Maria Chen, sms: "+12895550101" } }
desk: { mail: ${imap.settings} }
`,
      'targets/here.yaml': `targets: [{ name: here, kind: server, address: 127.0.0.1, checks: [{ type: tcp, port: ${port} }] }]\n`,
    });
    const monitor = new WatchdeskProcess(folder, port, { NODE_OPTIONS: '--max-old-space-size=512' });
    const child = monitor.spawn();
    await until('readiness', async () => (await fetch(`${monitor.url}/readyz`)).ok);
    const before = await memoryOf(child.pid!);
    await imap.deliver(...Object.values(MAILS));
    await until(
      'a ticket of each',
      async () => (await monitor.list('desk/tickets')).length >= Object.keys(MAILS).length - 1,
      60_000,
    );
    await until('all are read', async () => (await imap.count()).unseen === 0, 60_000);
    expect((await memoryOf(child.pid!)) - before).toBeLessThan(300);
    expect(monitor.output).not.toContain('"stalled"');
    expect(monitor.isAlive).toBe(true);
    const paper = (await monitor.list('desk/tickets')).find(({ subject }) => subject === 'paper');
    const { trail } = await monitor.json(`/api/v1/desk/tickets/${paper.number}`);
    expect(trail[0].attachments).toMatchObject([{ name: 'paper.pdf', type: 'application/pdf' }]);
  },
);
