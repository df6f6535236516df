import { expect, test } from 'vitest';
import { FakeSlack } from '../fakes/fake-slack.ts';
import { FakeTwilio } from '../fakes/fake-twilio.ts';
import { MailServer } from '../fakes/mail-server.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { watchdesk } from '../support/watchdesk-process.ts';

async function stand(
  more: (parts: { twilio: FakeTwilio; slack: FakeSlack; mail: MailServer }) => Record<string, object>,
) {
  const parts = {
    twilio: await FakeTwilio.start(),
    slack: await FakeSlack.start(),
    mail: await MailServer.start(),
  };
  const folder = await temporaryFolder({
    'watchdesk.yaml': `
server: { listen: "127.0.0.1:${await freePort()}", public_url: "https://watch.example" }
store: "sqlite:${await temporaryFolder()}/w.db"
people:
  maria: { name: Maria Chen, sms: "+12895550101", slack: U0MARIA001, email: maria@example.com, prefer: [sms, { via: voice, after: 3m }] }
teams: { support: { slack: "#support" }, old: { slack: "#old" }, gone: { slack: "#gone" } }
on_call: { operations-manager: { timezone: UTC, fallback: maria } }
channels: ${JSON.stringify(more(parts))}
hotline: { account_sid: ${parts.twilio.accountSid}, auth_token: ${parts.twilio.authToken}, api_url: "${parts.twilio.url}" }
escalation: { urgent: [{ page: operations-manager }, { mobilise: support, via: [slack] }] }
`,
    'targets/t.yaml':
      'targets: [{ name: shop, kind: site, url: "http://127.0.0.1:9", checks: [{ type: http }] }]\n',
  });
  return { folder, ...parts };
}

test('validate --online says what is missing at Twilio, Slack and the mail server, and how to mend it', async () => {
  const { folder, twilio, slack, mail } = await stand((parts) => ({
    sms: { twilio: parts.twilio.settings },
    voice: { 'twilio-voice': { ...parts.twilio.settings, from: '+12895550999' } },
    slack: { slack: parts.slack.settings },
    email: { email: { ...parts.mail.settings, password: 'a-wrong-password' } },
  }));
  slack.scopes = ['chat:write', 'channels:read'];
  const { code, stdout, stderr } = await watchdesk(['validate', '--online', '--config', folder]);
  expect(code).toBe(2);
  expect(stdout).toContain('Checking sms, voice, slack, email, hotline …');
  const lines = stderr.trim().split('\n');
  expect(lines).toContain(
    'sms: Replies to +12895550100 do not reach Watchdesk: in the Twilio console, set "A message comes in" for the number to https://watch.example/hooks/channel/sms/message',
  );
  expect(lines).toContain('voice: +12895550999 is not a number in this account; set `from` to one that is');
  expect(lines).toContain(
    'slack: The bot is missing the scope channels:history; add it under OAuth & Permissions and reinstall the app',
  );
  expect(lines).toContain('slack: Slack channel #old is archived; use another channel');
  expect(lines).toContain(
    'slack: Slack channel #gone does not exist or the bot cannot see it; invite the bot to it',
  );
  expect(lines).toContain('email: 127.0.0.1 rejected the username and password');
  expect(lines).toContain(
    'hotline: No number in the account points to Watchdesk: in the Twilio console, set "A call comes in" for your number to https://watch.example/hooks/hotline/start',
  );
  for (const secret of [
    twilio.authToken,
    slack.botToken,
    slack.signingSecret,
    mail.password,
    'a-wrong-password',
  ])
    expect(stdout + stderr).not.toContain(secret);

  slack.scopes = ['chat:write', 'channels:read', 'channels:history', 'im:write', 'im:history'];
  twilio.numbers[0]!.voice_url = 'https://watch.example/hooks/hotline/start';
  slack.rooms.push({ id: 'C0GONE0001', name: 'gone', is_member: false, is_archived: false });
  twilio.numbers[0]!.sms_url = 'https://watch.example/hooks/channel/sms/message';
  const again = (await watchdesk(['validate', '--online', '--config', folder])).stderr;
  expect(again).not.toContain('sms:');
  expect(again).not.toContain('hotline:');
  expect(again).toContain('slack: The bot is not in #gone; type /invite @its-name there');
});

test('a token that is refused is a finding, a provider that is gone is none', async () => {
  const gone = await freePort();
  const { folder } = await stand((parts) => ({
    sms: { twilio: { ...parts.twilio.settings, auth_token: 'another-token-altogether' } },
    slack: { slack: { ...parts.slack.settings, api_url: `http://127.0.0.1:${gone}/api/` } },
  }));
  const { code, stderr } = await watchdesk(['validate', '--online', '--config', folder]);
  expect(code).toBe(2);
  expect(stderr).toContain('sms: Twilio rejected the credentials (Twilio says 20003: Authenticate)');
  expect(stderr).toContain('slack: check failed: no connection to Slack (ECONNREFUSED)');
});

test('page --test goes as the person wants it, waits for word, and says what is missing', async () => {
  const { folder, twilio, slack } = await stand((parts) => ({
    sms: { twilio: parts.twilio.settings },
    slack: { slack: parts.slack.settings },
  }));
  twilio.delivery = 'delivered';
  const sent = await watchdesk(['page', 'maria', '--test', '--config', folder]);
  expect([sent.code, sent.stdout]).toEqual([
    0,
    expect.stringMatching(
      /^voice to Maria Chen: TEST page[^]*Test page to maria via sms: delivered\.\nTest page to maria via voice: printed here only, not sent to anyone\.\n {2}Channel voice is not configured/,
    ),
  ]);
  twilio.delivery = 'undelivered';
  twilio.errorCode = 30006;
  const landline = await watchdesk(['page', 'operations-manager', '--via', 'sms', '--config', folder]);
  expect([landline.code, landline.stderr]).toEqual([
    1,
    'Test page to operations-manager via sms failed: the number is a landline (30006).\n',
  ]);
  expect(
    (await watchdesk(['page', 'maria', '--via', 'slack', '--wait', '0s', '--config', folder])).stdout,
  ).toBe('Test page to maria via slack: accepted.\n');
  expect(slack.messages.map(({ channel, text }) => [channel, text.slice(0, 9)])).toEqual([
    ['D0MARIA001', 'TEST page'],
  ]);
  expect((await watchdesk(['page', 'maria', '--via', 'email', '--config', folder])).stdout).toContain(
    'email is not configured',
  );
});
