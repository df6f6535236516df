import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';

export interface SlackMessage {
  channel: string;
  ts: string;
  thread_ts?: string;
  text: string;
  blocks: any[];
  metadata?: { event_type: string; event_payload: { code: string } };
  isBroadcast: boolean;
  edits: number;
}

export type SlackFault =
  | { is: 'error'; error: string }
  | { is: 'status'; status: number }
  | { is: 'limited'; seconds: number }
  | { is: 'drop-before' }
  | { is: 'drop-after' }
  | { is: 'slow' };

const POST_FIELDS = new Set([
  'token',
  'channel',
  'text',
  'blocks',
  'thread_ts',
  'reply_broadcast',
  'unfurl_links',
  'unfurl_media',
  'metadata',
]);
const UPDATE_FIELDS = new Set(['token', 'channel', 'ts', 'text', 'blocks']);

/** Slack's Web API and Socket Mode, strict: it rejects what Slack rejects and unknown fields besides, and keeps its own books. */
export class FakeSlack {
  readonly botToken = `xoxb-${randomBytes(12).toString('hex')}`;
  readonly appToken = `xapp-${randomBytes(12).toString('hex')}`;
  readonly signingSecret = randomBytes(16).toString('hex');
  readonly messages: SlackMessage[] = [];
  readonly complaints: string[] = [];
  readonly rooms: { id: string; name: string; is_member: boolean; is_archived: boolean }[] = [
    { id: 'C0SUPPORT1', name: 'support', is_member: true, is_archived: false },
    { id: 'C0OLDROOM1', name: 'old', is_member: true, is_archived: true },
  ];
  readonly members = ['U0MARIA001'];
  scopes = ['chat:write', 'channels:read', 'channels:history', 'im:write', 'im:history'];
  /** Hears of every message before it is answered. */
  onWrite: (text: string) => void = () => {};
  readonly acked: string[] = [];
  connections = 0;
  readonly #faults: { method: string; fault: SlackFault }[] = [];
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  #socket: WebSocket | undefined;
  #clock = 1_795_000_000;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) =>
      this.#sockets.handleUpgrade(request, socket, head, (one) => {
        this.#socket = one;
        this.connections++;
        one.on('message', (data) => {
          const { envelope_id } = JSON.parse(String(data)) as { envelope_id?: string };
          if (envelope_id) this.acked.push(envelope_id);
        });
        one.send(
          JSON.stringify({
            type: 'hello',
            num_connections: 1,
            debug_info: {},
            connection_info: { app_id: 'A1' },
          }),
        );
      }),
    );
  }

  static async start(): Promise<FakeSlack> {
    const fake = new FakeSlack();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    onTestFinished(() => {
      fake.#socket?.terminate();
      fake.#sockets.close();
      fake.#server.closeAllConnections();
      fake.#server.close();
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/`;
  }

  get settings() {
    return { bot_token: this.botToken, signing_secret: this.signingSecret, api_url: this.url };
  }

  failNext(method: string, ...faults: SlackFault[]): void {
    this.#faults.push(...faults.map((fault) => ({ method, fault })));
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** The message in the room, as people see it. */
  cards(): SlackMessage[] {
    return this.messages.filter(({ thread_ts }) => thread_ts === undefined);
  }

  thread(card: SlackMessage): string[] {
    return this.messages.filter(({ thread_ts }) => thread_ts === card.ts).map(({ text }) => text);
  }

  /** What Slack sends when somebody presses a button of a message. */
  pressed(
    card: SlackMessage,
    actionId: string,
    user = { id: 'U0MARIA001', username: 'maria' },
    option?: number,
  ) {
    const elements = card.blocks.flatMap((block) => (block.type === 'actions' ? block.elements : []));
    const element = elements.find((one: { action_id: string }) => one.action_id === actionId);
    if (!element)
      throw new Error(
        `no button ${actionId}; there are ${elements.map((one: any) => one.action_id).join(', ')}`,
      );
    return {
      type: 'block_actions',
      user,
      api_app_id: 'A1',
      trigger_id: randomBytes(8).toString('hex'),
      container: { type: 'message', channel_id: card.channel, message_ts: card.ts },
      actions: [
        {
          type: element.type,
          action_id: actionId,
          block_id: 'b',
          action_ts: `${++this.#clock}.000001`,
          ...(element.type === 'button'
            ? { value: element.value }
            : { selected_option: element.options[option ?? 0] }),
        },
      ],
    };
  }

  /** As Slack calls an interactivity URL; `at` in seconds. */
  call(
    payload: object,
    at: number,
    secret = this.signingSecret,
  ): RequestInit & { body: string; headers: Record<string, string> } {
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const digest = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
    return {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(at),
        'x-slack-signature': `v0=${digest}`,
      },
    };
  }

  /** The same over the socket. */
  push(payload: object): string {
    const id = randomBytes(8).toString('hex');
    this.#socket!.send(
      JSON.stringify({ type: 'interactive', envelope_id: id, payload, accepts_response_payload: false }),
    );
    return id;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const method = request.url!.replace(/^\/api\//, '').split('?')[0]!;
    const fields = Object.fromEntries(new URLSearchParams(text));
    const token = request.headers.authorization?.replace('Bearer ', '') ?? fields['token'];
    const wanted = method === 'apps.connections.open' ? this.appToken : this.botToken;
    if (token !== wanted) return answer(response, { ok: false, error: 'invalid_auth' });
    const index = this.#faults.findIndex((one) => one.method === method);
    const fault = index === -1 ? undefined : this.#faults.splice(index, 1)[0]!.fault;
    if (fault?.is === 'drop-before') return void request.socket.destroy();
    if (fault?.is === 'slow') return;
    if (fault?.is === 'status') return void response.writeHead(fault.status).end('upstream');
    if (fault?.is === 'limited')
      return void response
        .writeHead(429, { 'retry-after': String(fault.seconds) })
        .end('{"ok":false,"error":"ratelimited"}');
    if (fault?.is === 'error') return answer(response, { ok: false, error: fault.error });
    const given = this.#do(method, fields);
    if (fault?.is === 'drop-after') return void request.socket.destroy();
    answer(response, given, this.scopes);
  }

  #do(method: string, fields: Record<string, string>): object {
    switch (method) {
      case 'chat.postMessage':
        return this.#post(fields);
      case 'chat.update':
        return this.#update(fields);
      case 'conversations.history':
      case 'conversations.replies': {
        const ts = method === 'conversations.replies' ? fields['ts'] : undefined;
        const found = this.messages.filter(
          (one) =>
            one.channel === fields['channel'] &&
            (ts === undefined ? !one.thread_ts : one.ts === ts || one.thread_ts === ts),
        );
        const withMetadata = fields['include_all_metadata'] === 'true';
        return {
          ok: true,
          messages: found.map(({ ts: at, text, metadata }) => ({
            type: 'message',
            ts: at,
            text,
            ...(withMetadata && { metadata }),
          })),
          has_more: false,
        };
      }
      case 'conversations.list':
        return { ok: true, channels: this.rooms, response_metadata: { next_cursor: '' } };
      case 'conversations.info': {
        const room = this.rooms.find(({ id }) => id === fields['channel']);
        return room ? { ok: true, channel: room } : { ok: false, error: 'channel_not_found' };
      }
      case 'conversations.open':
        return this.members.includes(fields['users']!)
          ? { ok: true, channel: { id: `D${fields['users']!.slice(1)}` } }
          : { ok: false, error: 'user_not_found' };
      case 'auth.test':
        return { ok: true, user_id: 'U0WATCHDESK', team: 'Provider' };
      case 'apps.connections.open':
        return { ok: true, url: `${this.url.replace('http', 'ws').replace('/api/', '/socket')}` };
      default:
        this.complaints.push(method);
        return { ok: false, error: 'unknown_method' };
    }
  }

  #channelOf(address: string): string | { error: string } {
    if (this.members.includes(address)) return `D${address.slice(1)}`;
    if (/^D/.test(address)) return address;
    const room = this.rooms.find(
      ({ id, name }) => id === address || `#${name}` === address || name === address,
    );
    if (!room) return { error: 'channel_not_found' };
    if (room.is_archived) return { error: 'is_archived' };
    return room.is_member ? room.id : { error: 'not_in_channel' };
  }

  #post(fields: Record<string, string>): object {
    const unknown = Object.keys(fields).filter((name) => !POST_FIELDS.has(name));
    if (unknown.length > 0) this.complaints.push(`chat.postMessage ${unknown.join(', ')}`);
    const channel = this.#channelOf(fields['channel'] ?? '');
    if (typeof channel !== 'string') return { ok: false, ...channel };
    if (!fields['text'] && !fields['blocks']) return { ok: false, error: 'no_text' };
    if ((fields['text'] ?? '').length > 40_000) return { ok: false, error: 'msg_too_long' };
    const blocks = JSON.parse(fields['blocks'] ?? '[]') as any[];
    const wrong = wrongBlocks(blocks);
    if (wrong) return this.#complain(`blocks: ${wrong}`, 'invalid_blocks');
    if (fields['thread_ts'] && !this.messages.some(({ ts }) => ts === fields['thread_ts']))
      return { ok: false, error: 'thread_not_found' };
    const message: SlackMessage = {
      channel,
      ts: `${++this.#clock}.000100`,
      ...(fields['thread_ts'] && { thread_ts: fields['thread_ts'] }),
      text: fields['text'] ?? '',
      blocks,
      ...(fields['metadata'] && { metadata: JSON.parse(fields['metadata']) }),
      isBroadcast: fields['reply_broadcast'] === 'true',
      edits: 0,
    };
    this.onWrite(message.text);
    this.messages.push(message);
    return { ok: true, channel, ts: message.ts, message: { text: message.text } };
  }

  #update(fields: Record<string, string>): object {
    const unknown = Object.keys(fields).filter((name) => !UPDATE_FIELDS.has(name));
    if (unknown.length > 0) this.complaints.push(`chat.update ${unknown.join(', ')}`);
    const message = this.messages.find(
      ({ ts, channel }) => ts === fields['ts'] && channel === fields['channel'],
    );
    if (!message) return { ok: false, error: 'message_not_found' };
    const blocks = JSON.parse(fields['blocks'] ?? '[]') as any[];
    const wrong = wrongBlocks(blocks);
    if (wrong) return this.#complain(`blocks: ${wrong}`, 'invalid_blocks');
    Object.assign(message, { text: fields['text'] ?? message.text, blocks, edits: message.edits + 1 });
    return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
  }

  #complain(what: string, error: string): object {
    this.complaints.push(what);
    return { ok: false, error };
  }
}

function wrongBlocks(blocks: any[]): string | undefined {
  if (blocks.length > 50) return 'more than 50';
  for (const block of blocks) {
    if (block.type === 'section' && (block.text.text.length > 3_000 || block.text.text === ''))
      return 'a section too long or empty';
    if (block.type !== 'actions') continue;
    if (block.elements.length > 25) return 'too many elements';
    for (const element of block.elements) {
      if (element.type === 'button' && (element.text.text.length > 75 || element.value.length > 2_000))
        return 'a button too long';
      if (element.type === 'static_select' && element.options.length > 100) return 'too many options';
    }
  }
  return undefined;
}

function answer(response: ServerResponse, body: object, scopes?: readonly string[]): void {
  response
    .writeHead(200, {
      'content-type': 'application/json',
      ...(scopes && { 'x-oauth-scopes': scopes.join(',') }),
    })
    .end(JSON.stringify(body));
}
