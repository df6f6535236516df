import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseMail } from '../../src/mail/parse-mail.ts';
import { Night, tcpTargets } from '../support/night.ts';
import { PROJECT } from '../support/watchdesk-process.ts';

const sample = (name: string): Buffer => readFileSync(join(PROJECT, 'test/mail/samples', `${name}.eml`));

const CONFIG = `
channels: { email: { type: email, host: 127.0.0.1, from: "Support <support@provider.example>" } }
desk: { mail: { host: 127.0.0.1, user: x, password: yyyyyy, address: support@provider.example, authserv_id: mx.provider.example } }
`;
const CUSTOMER = `customer: { name: Acme Ltd, plan: vip, contact: it@acme.example, domains: [acme.example] }\n${tcpTargets(['shop'])}`;

async function begin() {
  const night = await Night.begin({ more: CONFIG, targets: { a: CUSTOMER } });
  const take = async (source: Buffer) => {
    const taken = await night.settled(night.components.mail.take(source));
    await night.seconds(5);
    return taken;
  };
  return { night, take, desk: night.store.desk };
}

describe('mails as they come', () => {
  test('a forwarded mail is what its ticket is about', async () => {
    const { take, desk } = await begin();
    await take(sample('01-forward-inline'));
    expect((await desk.ticket(1))!.subject).toBe('Disk almost full');
    expect((await desk.ticket(1))!.body).toContain('Volume vol7 on nas-2 is 96 percent full. Serial 4471-B.');
  });

  test('a mail inside a mail is a file, and its text can be read', async () => {
    const { take, desk } = await begin();
    await take(sample('03-forward-as-inline-part'));
    expect((await desk.ticket(1))!.body).toContain('From: Storage <storage@acme.example>');
    expect((await desk.ticket(1))!.body).toContain('Serial 4471-B.');
    const [opened] = await desk.entries(1);
    expect(opened!.attachments).toMatchObject([{ name: 'Disk almost full.eml' }]);
  });

  test('answers between and below quotations stay', async () => {
    const { take, desk } = await begin();
    await take(sample('18-gt-line'));
    expect((await desk.ticket(1))!.body).toBe(
      'The console shows this and stops:\n>>> import shop\n> ERROR 42 at line 7\nWhat now?',
    );
    await take(
      Buffer.from(sample('04-bottom-post').toString().replace('Re: Which port', 'Re: [#1] Which port')),
    );
    const said = (await desk.entries(1)).at(-1)!;
    for (const line of [
      'Hello Maria,',
      'It is on port 17 of the second rack.',
      'Since 8 this morning, all phones are dead.',
      'Ann',
    ])
      expect(said.text).toContain(line);
  });

  test('entities and links of HTML', () => {
    const { mail } = parseMail(sample('06-entities'));
    expect(mail.text).toContain('Grüß Gott, der Drucker im Büro druckt „leere“ Blätter à 5 Stück.');
    expect(mail.text).toContain('https://intra.example/log?id=7&day=3');
  });

  test('text files in any charset are kept and served as what they are', async () => {
    const { night, take, desk } = await begin();
    await take(sample('07-latin1-attachment'));
    const [opened] = await desk.entries(1);
    const [list, services] = opened!.attachments!;
    expect(list).toMatchObject({ name: 'liste.csv', type: 'text/plain; charset=windows-1252' });
    expect(services).toMatchObject({ name: 'dienste.txt', type: 'text/plain; charset=utf-16le' });
    const { attachments } = night.components.office;
    expect(new TextDecoder('windows-1252').decode((await attachments.read(list!))!)).toContain('Gerät');
    expect(new TextDecoder('utf-16le').decode((await attachments.read(services!))!)).toContain('Spooler');
  });

  test('an answer to the mail of a colleague is on the same ticket, and ours names theirs', async () => {
    const { night, take, desk } = await begin();
    await take(sample('08-own-reply-1'));
    expect(await take(sample('09-own-reply-2'))).toMatchObject({ is: 'answer', number: 1 });
    expect((await desk.entries(1)).at(-1)).toMatchObject({
      event: 'answer',
      text: 'The one on floor 3, too.',
    });
    await night.settled(
      night.components.office.desk
        .act(1, { is: 'agent', id: 'maria' }, { is: 'reply', text: 'On it.' })
        .then(() => {}),
    );
    const { items } = await night.store.effects({ incident: 'desk-1', limit: 10 });
    expect(items[0]!.content).toMatchObject({
      occasion: { thread: 'ticket.1', answers: 't09@acme.example' },
    });
  });

  test('a program that asks for silence opens a ticket and gets no answer', async () => {
    const { night, take } = await begin();
    expect(await take(sample('12-suppress'))).toMatchObject({ is: 'new', isQuiet: true });
    expect(night.sent).toEqual([]);
  });

  test('a bounce of a postmaster is no ticket and gets no answer', async () => {
    const { night, take, desk } = await begin();
    await take(sample('01-forward-inline'));
    const before = night.sent.length;
    expect(await take(sample('13-postmaster-bounce'))).toMatchObject({ is: 'dropped', why: 'bounce' });
    expect(await desk.lastNumber()).toBe(1);
    expect(night.sent).toHaveLength(before);
  });

  test('without a charset UTF-8 is UTF-8, and the rest is what Windows writes', () => {
    expect(parseMail(sample('15-no-charset')).mail.text).toContain('Skärmen i receptionen är svart');
    const utf8 = Buffer.from('From: a@b.example\r\n\r\nSkärmen är svart');
    expect(parseMail(utf8).mail.text).toBe('Skärmen är svart');
  });

  test('that a reply did not arrive stands on its ticket', async () => {
    const { night, take, desk } = await begin();
    await take(sample('18-gt-line'));
    await night.settled(
      night.components.office.desk
        .act(1, { is: 'agent', id: 'maria' }, { is: 'reply', text: 'Restart it.' })
        .then(() => {}),
    );
    await night.seconds(5);
    const code = night.sent.at(-1)!.id.replace('email-', '').toLowerCase();
    const bounce = sample('22-bounce-of-a-reply').toString().replace('PASTE-THE-ID-OF-OUR-REPLY', code);
    expect(await take(Buffer.from(bounce))).toMatchObject({ is: 'bounced', number: 1 });
    expect((await desk.entries(1)).at(-1)).toMatchObject({
      event: 'not-told',
      text: 'Our email to ann@acme.example was not delivered: 550 5.1.1 no such user',
    });
    // Twice it says nothing more, and one of a reply that is not ours says nothing.
    expect(await take(Buffer.from(bounce))).toMatchObject({ is: 'known' });
    expect(await take(sample('22-bounce-of-a-reply'))).toMatchObject({ is: 'dropped', why: 'bounce' });
  });

  test('DKIM and SPF of the domain are proof where DMARC was not tried', async () => {
    const { take, desk } = await begin();
    await take(sample('18-gt-line'));
    await take(sample('24-dmarc-not-tried'));
    expect((await desk.entries(1)).at(-1)).toMatchObject({ event: 'answer', by: { verifiedBy: 'mail' } });
  });

  test('one Message-ID with another attachment is another mail of the same ticket', async () => {
    const { take, desk } = await begin();
    await take(sample('26-scanner-page-1'));
    expect(await take(sample('27-scanner-page-2'))).toMatchObject({ is: 'answer', number: 1 });
    expect(await take(sample('27-scanner-page-2'))).toMatchObject({ is: 'known' });
    const files = (await desk.entries(1)).flatMap(({ attachments = [] }) => attachments);
    expect(files).toHaveLength(2);
    expect(await desk.lastNumber()).toBe(1);
  });
});

const HEAD = 'From: Ann <ann@acme.example>\r\nSubject: x\r\nMessage-ID: <a@b.example>\r\n';
const textOf = (rest: string | Buffer): string =>
  parseMail(Buffer.concat([Buffer.from(HEAD), Buffer.from(rest)])).mail.text;
const multipart = (kind: string, ...parts: string[]): string =>
  `Content-Type: multipart/${kind}; boundary=b\r\n\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;

describe('what mailers send', () => {
  const plain = (words: string) => `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}`;
  const rich = (markup: string) => `Content-Type: text/html; charset=utf-8\r\n\r\n${markup}`;
  test.each<[string, string | Buffer, string]>([
    [
      'a text that only says that it is HTML',
      multipart(
        'alternative',
        plain('Your mail program does not show HTML.'),
        rich('<p>The lift is stuck between floors two and three.</p>'),
      ),
      'The lift is stuck between floors two and three.',
    ],
    ['an empty text beside HTML', multipart('alternative', plain(' '), rich('<p>Stuck</p>')), 'Stuck'],
    [
      'a text that says the same',
      multipart('alternative', plain('The lift is stuck.'), rich('<p>The <b>lift</b> is stuck.</p>')),
      'The lift is stuck.',
    ],
    [
      'a multipart that forgets its boundary',
      multipart('mixed', plain('One'), plain('Two')).replace('; boundary=b', ''),
      'One\n\nTwo',
    ],
    ['a multipart without parts', 'Content-Type: multipart/mixed\r\n\r\nJust words.', 'Just words.'],
    ['a boundary that never ends', multipart('mixed', plain('One')).replace('--b--\r\n', ''), 'One'],
    ['UTF-7', 'Content-Type: text/plain; charset=utf-7\r\n\r\nGr+APwA3w-e', 'Grüße'],
    [
      'a charset that is a lie',
      Buffer.from('Content-Type: text/plain; charset=us-ascii\r\n\r\nGrüße'),
      'Grüße',
    ],
    [
      'UTF-8 that is none',
      Buffer.from('Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xfc\xdfe', 'latin1'),
      'Grüße',
    ],
    [
      'a charset that nobody knows',
      Buffer.from('Content-Type: text/plain; charset=x-mac-klingon\r\n\r\nGr\xfc\xdfe', 'latin1'),
      'Grüße',
    ],
    [
      'Japanese',
      Buffer.concat([
        Buffer.from('Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n'),
        Buffer.from('1b2442256b213c253f1b2842', 'hex'),
      ]),
      'ルータ',
    ],
    [
      'quoted-printable',
      'Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=\r\n=C3=9Fe=3D',
      'Grüße=',
    ],
    ['base64 padded on every line', 'Content-Transfer-Encoding: base64\r\n\r\nQQ==\r\nQg==\r\n', 'AB'],
    [
      'flowing lines',
      'Content-Type: text/plain; format=flowed\r\n\r\nOne \r\nline.\r\n> A \r\n> quote.',
      'One line.\n> A quote.',
    ],
    [
      'a joiner, and spaces that nobody sees',
      'Content-Type: text/plain; charset=utf-8\r\n\r\n👩‍💻 ok\u200b',
      '👩‍💻 ok',
    ],
    [
      'the charset that HTML says',
      Buffer.from('Content-Type: text/html\r\n\r\n<meta charset=windows-1252>Gr\xfc\xdfe', 'latin1'),
      'Grüße',
    ],
    [
      'a signed mail',
      multipart(
        'signed',
        plain('Signed words.'),
        'Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nxyz',
      ),
      'Signed words.',
    ],
  ])('%s', (_name, rest, expected) => {
    expect(textOf(rest)).toBe(expected);
  });

  test('raw eight-bit heads, encoded words and names of files', () => {
    const source = Buffer.concat([
      Buffer.from(
        'From: J\xf6rg <JOERG@acme.example>\r\nSubject: St\xf6rung =?utf-8?q?im_B=C3=BCro?=\r\n',
        'latin1',
      ),
      Buffer.from(
        "Content-Type: text/csv\r\nContent-Disposition: attachment; filename*0*=utf-8''B%C3%BCr; filename*1=o.csv\r\n\r\na;b",
      ),
    ]);
    const { mail, files } = parseMail(source);
    expect(mail).toMatchObject({
      from: { name: 'Jörg', address: 'joerg@acme.example' },
      subject: 'Störung im Büro',
    });
    expect(files).toMatchObject([{ name: 'Büro.csv', type: 'text/plain; charset=utf-8' }]);
  });

  test('a certified mail: the one inside can be read', () => {
    const inner = 'From: Uwe <uwe@acme.example>\r\nSubject: Vertrag\r\n\r\nBitte prüfen.';
    const envelope = multipart(
      'mixed',
      plain('Posta certificata'),
      'Content-Type: application/xml; name=daticert.xml\r\n\r\n<x/>',
      `Content-Type: message/rfc822; name=postacert.eml\r\n\r\n${inner}`,
    );
    const whole = multipart(
      'signed',
      envelope.replace(/boundary=b|--b/g, (part) => `${part}i`),
      'Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nMII',
    );
    const { mail, files } = parseMail(Buffer.from(HEAD + whole));
    expect(mail.text).toContain('Posta certificata');
    expect(mail.text).toContain('Bitte prüfen.');
    expect(files.map(({ name }) => name)).toEqual(['daticert.xml', 'postacert.eml']);
  });

  test('an opaque signature holds a mail', () => {
    const octets = (tag: number, ...inner: Buffer[]): Buffer => {
      const body = Buffer.concat(inner);
      return Buffer.concat([Buffer.from([tag, 0x82, body.length >> 8, body.length & 255]), body]);
    };
    const oid = Buffer.from('06092a864886f70d010702', 'hex');
    const data = Buffer.from('06092a864886f70d010701', 'hex');
    const inner = Buffer.from('Content-Type: text/plain; charset=utf-8\r\n\r\nInside.');
    const content = octets(
      0xa0,
      octets(0x24, octets(0x04, inner.subarray(0, 20)), octets(0x04, inner.subarray(20))),
    );
    const cms = octets(
      0x30,
      oid,
      octets(0xa0, octets(0x30, Buffer.from('020101', 'hex'), octets(0x31), octets(0x30, data, content))),
    );
    const mail = `Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n${cms.toString('base64')}`;
    expect(textOf(mail)).toBe('Inside.');
  });

  test('a text that is longer than a ticket is kept whole beside it', () => {
    const { mail, files } = parseMail(Buffer.from(`${HEAD}\r\n${'word '.repeat(20_000)}end`));
    expect(mail.text.length).toBeLessThan(51_000);
    expect(mail.text).toContain('The full text is attached.');
    expect(Buffer.from(files[0]!.bytes).toString()).toMatch(/end$/);
  });
});
