import { describe, expect, test } from 'vitest';
import { ticketStatus } from '../../src/core/desk/desk-ticket.ts';
import { authenticityOf, writtenBy, type IncomingMail } from '../../src/core/mail/incoming-mail.ts';
import { plainSubject } from '../../src/core/mail/mail-route.ts';
import { trimQuote } from '../../src/core/mail/trim-quote.ts';
import { htmlWords } from '../../src/mail/html-words.ts';
import { cpuMsOf } from '../support/cpu-time.ts';
import { Night, tcpTargets } from '../support/night.ts';

const mailOf = (headers: Record<string, string>, address = 'ann@acme.example'): IncomingMail => ({
  messageId: 'x',
  from: { name: 'Ann', address },
  subject: 's',
  text: '',
  references: [],
  headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
});

const isAuthenticated = (mail: IncomingMail, authservId: string | undefined): boolean =>
  authenticityOf(mail, authservId) === 'proven';

describe('who has written a mail (RFC 3834)', () => {
  test.each<[string, Record<string, string>, string]>([
    ['a person', {}, 'human'],
    ['a person whose program says so', { 'auto-submitted': 'no' }, 'human'],
    ['somebody on holiday', { 'auto-submitted': 'auto-replied' }, 'answering-machine'],
    [
      'somebody on holiday, with a comment',
      { 'auto-submitted': 'auto-replied; owner="x"' },
      'answering-machine',
    ],
    ['an old answering machine', { precedence: 'auto_reply' }, 'answering-machine'],
    ['a monitor', { 'auto-submitted': 'auto-generated' }, 'machine'],
    ['a list', { 'list-id': '<news.example>' }, 'bulk'],
    ['bulk', { precedence: 'bulk' }, 'bulk'],
    ['a mail server', { 'return-path': '<>' }, 'bounce'],
    ['a delivery report', { 'content-type': 'multipart/report; report-type=delivery-status' }, 'bounce'],
    ['a path to nobody', { 'return-path': '<MAILER-DAEMON>' }, 'bounce'],
    ['a program that wants no answer', { 'x-auto-response-suppress': 'All' }, 'bulk'],
    ['a program that wants none of those', { 'x-auto-response-suppress': 'OOF, DR' }, 'bulk'],
    ['a list by its posts', { 'list-post': '<mailto:l@x.example>' }, 'bulk'],
    ['ourselves, by a loop', { 'x-loop': 'support@provider.example' }, 'ourselves'],
  ])('%s', (_name, headers, expected) => {
    expect(writtenBy(mailOf(headers), 'support@provider.example')).toBe(expected);
  });

  test.each([
    ['noreply@crm.example', 'bulk'],
    ['no-reply+x@crm.example', 'bulk'],
    ['do_not_reply@crm.example', 'bulk'],
    ['postmaster@hosting.example', 'bulk'],
    ['mailer-daemon@mx.example', 'bounce'],
    ['norbert@acme.example', 'human'],
  ])('%s is %s by the address', (address, expected) => {
    expect(writtenBy(mailOf({}, address), 'support@provider.example')).toBe(expected);
  });

  test('a form of a website that says where the answer goes is a person', () => {
    const mail = {
      ...mailOf({}, 'noreply@site.example'),
      replyTo: { name: 'Ann', address: 'ann@acme.example' },
    };
    expect(writtenBy(mail, 'support@provider.example')).toBe('human');
  });

  test('a calendar is not answered, and a postmaster who says "undeliverable" is a bounce', () => {
    expect(writtenBy({ ...mailOf({}), isCalendar: true }, 'support@provider.example')).toBe('bulk');
    const bounce = { ...mailOf({}, 'postmaster@hosting.example'), subject: 'Undeliverable: x' };
    expect(writtenBy(bounce, 'support@provider.example')).toBe('bounce');
  });

  test('ourselves, by the address', () => {
    expect(writtenBy(mailOf({}, 'support@provider.example'), 'support@provider.example')).toBe('ourselves');
  });
});

describe('whether our own server vouches for the sender (RFC 8601)', () => {
  const says = (...values: string[]): IncomingMail => ({
    ...mailOf({}),
    headers: values.map((value) => ({ name: 'authentication-results', value })),
  });
  test.each<[string, IncomingMail, boolean]>([
    ['dmarc', says('mx.provider.example; dmarc=pass header.from=acme.example'), true],
    ['dkim of the domain', says('mx.provider.example; dkim=pass header.d=acme.example header.s=x'), true],
    ['dkim of a domain above', says('mx.provider.example 1; dkim=pass header.i=@acme.example'), true],
    ['spf', says('mx.provider.example; spf=pass smtp.mailfrom=bounce@acme.example'), true],
    ['dkim of somebody else', says('mx.provider.example; dkim=pass header.d=mailer.example'), false],
    [
      'a failure',
      says('mx.provider.example; dkim=fail header.d=acme.example; spf=softfail smtp.mailfrom=x@acme.example'),
      false,
    ],
    ['another server', says('mx.evil.example; dmarc=pass header.from=acme.example'), false],
    [
      'a forged one below ours',
      says(
        'mx.provider.example; dmarc=fail header.from=acme.example',
        'mx.provider.example; dmarc=pass header.from=acme.example',
      ),
      false,
    ],
    [
      'a pass in a comment',
      says('mx.provider.example; dmarc=fail (dmarc=pass header.from=acme.example) header.from=acme.example'),
      false,
    ],
    ['nothing', says(), false],
    [
      'a pass in a quoted local part',
      says(
        'mx.provider.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=acme.example"@evil.example; dmarc=fail header.from=acme.example',
      ),
      false,
    ],
    [
      'an escaped end of a comment',
      says(
        'mx.provider.example; spf=pass (domain of "a\\); dmarc=pass header.from=acme.example; \\("@evil.example is ok) smtp.mailfrom=evil.example',
      ),
      false,
    ],
    [
      'a domain in the selector',
      says('mx.provider.example; dkim=pass header.s=header.d=acme.example header.d=evil.example'),
      false,
    ],
    [
      'a domain in the identity',
      says('mx.provider.example; dkim=pass header.i="x header.d=acme.example"@evil.example'),
      false,
    ],
    // Microsoft 365 and Google, as they are.
    [
      'Google',
      says(
        'mx.provider.example; dkim=pass header.i=@acme.example header.s=s1 header.b=x; spf=pass (google.com: domain of ann@acme.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=ann@acme.example; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=acme.example',
      ),
      true,
    ],
    [
      'dmarc=none, dkim of the domain',
      says('mx.provider.example; dkim=pass header.d=acme.example; dmarc=none'),
      true,
    ],
    [
      'dmarc=skipped, spf of the domain',
      says('mx.provider.example; spf=pass smtp.mailfrom=acme.example; dmarc=skipped'),
      true,
    ],
    [
      'dmarc=temperror, dkim',
      says('mx.provider.example; dkim=pass header.d=acme.example; dmarc=temperror'),
      true,
    ],
    [
      'dmarc=permerror, nothing else',
      says('mx.provider.example; dmarc=permerror header.from=acme.example'),
      false,
    ],
    ['a guess is no proof', says('mx.provider.example; dmarc=bestguesspass header.from=acme.example'), false],
    [
      'a guess beside spf',
      says(
        'mx.provider.example; spf=pass smtp.mailfrom=acme.example; dmarc=bestguesspass action=none header.from=acme.example',
      ),
      true,
    ],
    [
      'dmarc=none, dkim of somebody else',
      says('mx.provider.example; dkim=pass header.d=evil.example; dmarc=none'),
      false,
    ],
    ['a name where none is written', says('dmarc=pass header.from=acme.example'), false],
    [
      'dkim where dmarc failed',
      says('mx.provider.example; dkim=pass header.d=acme.example; dmarc=fail header.from=acme.example'),
      false,
    ],
    ['spaces around the sign', says('mx.provider.example; dmarc = pass header.from = acme.example'), true],
    ['a top-level domain', says('mx.provider.example; dkim=pass header.d=example'), false],
  ])('%s', (_name, mail, expected) => {
    expect(isAuthenticated(mail, 'mx.provider.example')).toBe(expected);
  });

  test('a server that writes no name, as Microsoft 365 does, is believed where the config says so', () => {
    const mail = says(
      'spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.example; dkim=pass (signature was verified) header.d=acme.example;dmarc=pass action=none header.from=acme.example;compauth=pass reason=100',
    );
    expect(isAuthenticated(mail, 'none')).toBe(true);
    expect(isAuthenticated(mail, 'mx.provider.example')).toBe(false);
    expect(isAuthenticated(says('mx.evil.example; dmarc=pass header.from=acme.example'), 'none')).toBe(false);
  });

  test('two senders are none', () => {
    const mail = says('mx.provider.example; dmarc=pass header.from=acme.example');
    const twice = {
      ...mail,
      headers: [...mail.headers, ...[1, 2].map((n) => ({ name: 'from', value: `${n}` }))],
    };
    expect(isAuthenticated(twice, 'mx.provider.example')).toBe(false);
  });

  test('nobody is believed without a server of ours', () => {
    expect(isAuthenticated(says('mx.provider.example; dmarc=pass header.from=acme.example'), undefined)).toBe(
      false,
    );
  });
});

describe('what somebody has written', () => {
  const KNOWN = 'Try it.\nIt is port 7.';
  const trim = (text: string) => trimQuote(text, { own: 'support@provider.example', known: KNOWN });
  test.each([
    [
      'It works.\n\nOn Mon, 23 Nov 2026 at 10:00, Support <support@provider.example> wrote:\n> Try it.',
      'It works.',
    ],
    [
      'It works.\n\nOn Mon, 23 Nov 2026 at 10:00, Support Team of Example\n<support@provider.example> wrote:\n> Try it.',
      'It works.',
    ],
    ['Geht.\n\nAm 23.11.2026 um 10:00 schrieb Support:\n> Probieren Sie es.', 'Geht.'],
    ['Ça marche.\n\nLe lun. 23 nov. 2026 à 10:00, Support a écrit :\n> Essayez.\n>\n> Merci', 'Ça marche.'],
    ['On Mon, 23 Nov 2026, Support wrote:\n> Try it.\n\nI did, and it works.', 'I did, and it works.'],
    [
      'Ok\n\n-----Original Message-----\nFrom: Support <support@provider.example>\nSent: Monday\nSubject: [#1] x\n\nTry it.',
      'Ok',
    ],
    [
      'Ok\n\nFrom: Support <support@provider.example>\nSent: Monday\nTo: Ann\nSubject: [#1] x\n\n Try   it. \n\nIt is port 7.',
      'Ok',
    ],
    [
      'Gut\n\n________________________________\nVon: Support <support@provider.example>\nGesendet: Montag\nAn: Ann\nBetreff: AW: [#1] x\n\nTry it.',
      'Gut',
    ],
    ['Ok\n-- \nAnn\nAcme Ltd', 'Ok'],
  ])('%j is %j, and the rest can be unfolded', (text, expected) => {
    const { text: said, quoted } = trim(text);
    expect(said).toBe(expected);
    const words = (what: string) => what.split(/\s+/).filter(Boolean).sort();
    expect(words(`${said} ${quoted}`)).toEqual(words(text));
  });

  test.each([
    ['no attribution', '> Try it.\nI did.'],
    ['a quotation alone', '> only a quote'],
    ['a sentence that begins like a head', 'From: the very beginning it never worked.'],
    ['a sentence that ends like an attribution', 'On Monday it wrote: nothing'],
    [
      'answers between and below',
      'Hello Maria,\n\nOn Mon, Maria wrote:\n> Which port?\n\nPort 17.\n\n> Since when?\n\nSince 8.',
    ],
    ['a prompt', 'The console shows:\n>>> import shop\n> ERROR 42\nWhat now?'],
    [
      'the head of a mail that is asked about',
      'It has this head:\nFrom: shop@acme.example\nDate: Monday\nTo: Ann\nSubject: Order\n\nWhy is it spam?',
    ],
    [
      'a forward',
      'See below.\n\n---------- Forwarded message ---------\nFrom: X <x@y.example>\nDate: Mon\nSubject: z\nTo: Ann\n\nDisk full.',
    ],
    ['a rule', 'Part one\n____________________\nPart two\n--------------------\nPart three'],
    [
      'answers inside the mail below, which is not marked',
      'See below\n\nFrom: Support <support@provider.example>\nSent: Monday\nTo: Ann\nSubject: [#1] x\n\nTry it.\nI did, twice!\nIt is port 7.',
    ],
    [
      'a mail of somebody else below',
      'This is what they say\n\nFrom: Vendor <v@vendor.example>\nSent: Monday\nTo: Ann\nSubject: RMA\n\nWe ship on Friday.',
    ],
    ['two dashes that are no signature', 'One\n--\nTwo'],
    ['a long text below dashes', `One\n-- \n${'line\n'.repeat(30)}`],
    ['a changed file', '--- a/x.c\n+++ b/x.c\n- old\n+ new\n> diff'],
    ['a quotation said by nobody', 'They said:\n> we come\nand did not.'],
  ])('nothing is lost of %s', (_name, text) => {
    expect(trim(text)).toEqual({ text: text.trim() });
  });

  test.each(['<a ', '<br ', '<!--', '<script>', '<p><', ' ', '&', '<li>'])(
    'hostile HTML costs in proportion to its length: %j',
    (piece) => {
      const costOf = (times: number) => {
        const markup = `<p>x${piece.repeat(times)}`;
        return Math.min(...[1, 2, 3].map(() => cpuMsOf(() => htmlWords(markup))));
      };
      // Four times as much: quadratic would be sixteen. What takes no time at all is not compared.
      expect(costOf(40_000)).toBeLessThan(9 * costOf(10_000) + 50);
    },
  );

  test('HTML becomes text, and nothing of it can run', () => {
    const markup =
      '<style>p{}</style><p>Hello &amp; <b>goodbye</b></p><script>alert(1)</script><a href="https://x.example/a">here</a><img src=x onerror=alert(1)><ul><li>one<li>two</ul>&#60;i&#62;';
    expect(htmlWords(markup)).toBe('Hello & goodbye\nhere (https://x.example/a)\n- one\n- two\n\n<i>');
  });

  test('a subject without what mail programs put before it', () => {
    expect(plainSubject('Re: AW: Fwd: [#12] The printer')).toBe('The printer');
  });
});

const CONFIG = `
channels: { email: { type: email, host: 127.0.0.1, from: "Support <support@provider.example>" } }
desk: { mail: { host: 127.0.0.1, user: x, password: yyyyyy, address: support@provider.example, authserv_id: mx.provider.example }, categories: [] }
`;
const CUSTOMER = `customer: { name: Acme Ltd, plan: vip, contact: it@acme.example, domains: [acme.example] }\n${tcpTargets(['shop'])}`;

const mail = (body: string, headers: Record<string, string> = {}) =>
  Buffer.from(
    `${Object.entries({
      From: 'Ann <ann@acme.example>',
      To: 'support@provider.example',
      Subject: 'Printer',
      'Message-ID': `<m${Math.abs(hash(body))}@acme.example>`,
      ...headers,
    })
      .map(([name, value]) => `${name}: ${value}`)
      .join('\r\n')}\r\n\r\n${body}\r\n`,
  );
const hash = (text: string): number =>
  [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);
const AUTHENTIC = { 'Authentication-Results': 'mx.provider.example; dmarc=pass header.from=acme.example' };

async function begin(more = '') {
  const night = await Night.begin({ more: CONFIG + more, targets: { a: CUSTOMER } });
  const take = async (source: Buffer) => {
    const taken = await night.settled(night.components.mail.take(source));
    await night.seconds(5);
    return taken;
  };
  const trail = async (number: number) =>
    (await night.store.desk.entries(number)).map(({ event, by, text }) => `${by.is} ${event} ${text}`.trim());
  return { night, take, trail };
}

describe('a mail', () => {
  test('opens a ticket, is answered at once with its number, and comes twice for nothing', async () => {
    const { night, take, trail } = await begin();
    expect(await take(mail('It burns.', AUTHENTIC))).toMatchObject({ is: 'new', isQuiet: false });
    expect(await take(mail('It burns.', AUTHENTIC))).toMatchObject({ is: 'known', from: 'ann@acme.example' });
    const ticket = (await night.store.desk.ticket(1))!;
    expect(ticket).toMatchObject({
      subject: 'Printer',
      priority: 'medium',
      customer: 'Acme Ltd',
      requester: { email: 'ann@acme.example', verifiedBy: 'mail' },
      origin: 'mail',
    });
    expect(night.sent.map(({ to }) => to)).toEqual(['email Ann']);
    expect(night.texts()[0]).toContain('as ticket 1');
    expect((await trail(1)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'requester opened',
      'policy automatic-answer',
    ]);
    expect(await night.store.desk.ticket(2)).toBeUndefined();
  });

  test('finds its ticket by the code of our mail, by number only from those whom it concerns', async () => {
    const { night, take, trail } = await begin();
    await take(mail('It burns.'));
    const code = night.sent[0]!.id.replace('email-', '');
    expect(
      await take(
        mail('More smoke', {
          Subject: 'Re: whatever',
          'In-Reply-To': `<${code.toLowerCase()}@provider.example>`,
          From: 'Bob <bob@elsewhere.example>',
        }),
      ),
    ).toMatchObject({ is: 'answer', number: 1 });
    // Who has our mail may write, but is not the requester.
    expect((await trail(1)).at(-1)).toMatch(/^monitor note Third-party email from Bob/);
    await take(mail('Still', { Subject: 'Re: [#1] Printer' }));
    expect((await trail(1)).at(-1)).toBe('requester answer Still');
    expect(
      await take(mail('Let me in', { Subject: 'Re: [#1] Printer', From: 'Eve <eve@evil.example>' })),
    ).toMatchObject({ is: 'new', isQuiet: false });
  });

  test('of a machine opens a ticket that answers nobody; an answering machine and a bounce open none', async () => {
    const { night, take, trail } = await begin();
    await take(mail('Disk full', { 'Auto-Submitted': 'auto-generated' }));
    expect(night.sent).toEqual([]);
    expect(await take(mail('I am away', { 'Auto-Submitted': 'auto-replied' }))).toMatchObject({
      is: 'dropped',
      why: 'answering-machine',
    });
    expect(await take(mail('not delivered', { 'Return-Path': '<>' }))).toMatchObject({
      is: 'dropped',
      why: 'bounce',
    });
    await take(mail('I am away too', { 'Auto-Submitted': 'auto-replied', Subject: 'Re: [#1] Printer' }));
    expect((await trail(1)).at(-1)).toMatch(/^monitor note Automatic email/);
    expect(night.sent).toEqual([]);
  });

  test('of a colleague is an answer to the customer when our server vouches for it, else a note', async () => {
    const { night, take, trail } = await begin();
    await take(mail('It burns.'));
    const from = { From: 'Maria <m@example.com>', Subject: 'Re: [#1] Printer' };
    await take(mail('Water is coming', from));
    expect((await trail(1)).at(-1)).toMatch(/^monitor note Unverified email/);
    await take(
      mail('Water has come', {
        ...from,
        'Authentication-Results': 'mx.provider.example; dmarc=pass header.from=example.com',
      }),
    );
    expect((await trail(1)).filter((line) => /^\w+ reply /.test(line))).toEqual([
      'agent reply Water has come',
    ]);
    expect(night.texts().at(-1)).toContain('Water has come');
  });

  test('opens a resolved ticket again, and two that loop end in one', async () => {
    const { night, take } = await begin();
    await take(mail('It burns.'));
    await night.settled(
      night.components.office.desk
        .act(1, { is: 'agent', id: 'maria' }, { is: 'state', to: 'resolved' })
        .then(() => {}),
    );
    await take(mail('It burns again', { Subject: 'Re: [#1] Printer' }));
    expect(ticketStatus((await night.store.desk.ticket(1))!.state)).toBe('open');
    for (let n = 0; n < 20; n++) await take(mail(`number ${n}`, { 'Message-ID': `<n${n}@acme.example>` }));
    expect(await night.store.desk.lastNumber()).toBe(15);
  });

  test('from ever other addresses that nobody stands behind is one ticket more, and not one each', async () => {
    const { night, take } = await begin();
    const from = (n: number, domain: string) => ({
      From: `<n${n}@${domain}>`,
      'Message-ID': `<${n}@${domain}>`,
    });
    for (let n = 0; n < 40; n++) await take(mail(`word ${n}`, from(n, 'nowhere.example')));
    expect(await night.store.desk.lastNumber()).toBe(30);
    const trail = await night.notes(30);
    expect(trail.at(-1)).toContain('word 39');
    // Each was answered once at most: what is forged is not passed on to whoever it names.
    expect(night.sent).toHaveLength(30);
    // A restart forgets nothing of it.
    await night.crash();
    await night.boot();
    await take(mail('word 40', from(40, 'nowhere.example')));
    expect(await night.store.desk.lastNumber()).toBe(30);
    // Customers are heard all the same, and so are strangers an hour later.
    await take(mail('It burns.', from(50, 'acme.example')));
    expect(await night.store.desk.ticket(31)).toMatchObject({ customer: 'Acme Ltd' });
    await night.minutes(61);
    await take(mail('Hello?', from(51, 'nowhere.example')));
    expect(await night.store.desk.lastNumber()).toBe(32);
    for (let n = 100; n < 170; n++) await take(mail(`word ${n}`, from(n, 'acme.example')));
    expect(await night.store.desk.lastNumber()).toBe(92);
  });

  test('may be refused to strangers by policy, and is no formal ticket where the policy says so', async () => {
    const { night, take } = await begin();
    const desk = night.config.deskSettings;
    await night.reconfigure({
      deskSettings: { ...desk, rules: { ...desk.rules, unverified: { mayOpen: ['urgent'], notFor: [] } } },
    });
    expect(await take(mail('It burns.'))).toMatchObject({ is: 'dropped', why: 'not-allowed' });
    await night.reconfigure({
      deskSettings: { ...desk, rules: { ...desk.rules, opensTickets: ['portal'] } },
    });
    await take(mail('It burns a little.'));
    expect((await night.store.desk.ticket(1))!.type).toBe('quick question');
    expect(night.sent).toEqual([]);
  });

  test('leaves files out when the disk is nearly full, says so, and takes them again when there is room', async () => {
    const { night, take } = await begin();
    const { attachments, ...desk } = night.config.deskSettings;
    const file = (name: string) =>
      mail(
        `--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\nwords\r\n--b--\r\n`,
        { 'Content-Type': 'multipart/mixed; boundary=b', 'Message-ID': `<${name}@acme.example>` },
      );
    const keepFree = (keepFreeBytes: number) =>
      night.reconfigure({ deskSettings: { ...desk, attachments: { ...attachments, keepFreeBytes } } });
    await keepFree(2 ** 60);
    await take(file('one.txt'));
    const [first] = await night.store.desk.entries(1);
    expect(first!.attachments ?? []).toEqual([]);
    expect((await night.store.desk.ticket(1))!.body).toContain(
      'The attachment "one.txt" was not saved: there is not enough disk space.',
    );
    expect(night.said.join('\n')).toMatch(
      /attachments Attachments are not being saved: only [\d.]+ MB of disk space is free/,
    );
    // Who sends files does not make the monitor look ill.
    expect(night.watchdesk.complaints().join()).not.toContain('Attachments');
    await keepFree(0);
    await take(file('two.txt'));
    const [second] = await night.store.desk.entries(2);
    expect(second!.attachments).toMatchObject([{ name: 'two.txt' }]);
    expect(night.watchdesk.complaints().join()).not.toContain('Attachments');
  });

  test('brings files: what they are is seen, what is not taken is said', async () => {
    const { night, take } = await begin();
    const boundary = 'b';
    const part = (name: string, type: string, content: Buffer) =>
      `--${boundary}\r\nContent-Type: ${type}\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${content.toString('base64')}\r\n`;
    const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
    const body = [
      `--${boundary}\r\nContent-Type: text/plain\r\n\r\nSee the picture.\r\n`,
      part('../../shot.html', 'text/html', png),
      part('run.exe', 'image/png', Buffer.from('4d5a9000030000000400', 'hex')),
      `--${boundary}--\r\n`,
    ].join('');
    await take(
      mail(body, {
        'Content-Type': `multipart/mixed; boundary=${boundary}`,
        'Message-ID': '<files@acme.example>',
      }),
    );
    const [opened] = await night.store.desk.entries(1);
    expect(opened!.attachments).toMatchObject([{ name: 'shot.html', type: 'image/png', bytes: 12 }]);
    expect(Buffer.from((await night.components.office.attachments.read(opened!.attachments![0]!))!)).toEqual(
      png,
    );
    expect((await night.store.desk.ticket(1))!.body).toContain(
      '"run.exe" was not saved: this file type is not allowed',
    );
  });
});
