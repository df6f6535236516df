import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SentMessage {
  sid: string;
  to: string;
  from?: string;
  body: string;
  dateSent: Date;
  statusCallback?: string;
}

export interface MadeCall {
  sid: string;
  to: string;
  from: string;
  twiml: string;
  statusCallback?: string;
}

/** What happens to the next request that creates a message. */
export type Fault =
  | { is: 'error'; status: number; code?: number; message: string }
  | { is: 'not-json'; status: number }
  | { is: 'slow' }
  | { is: 'drop-before' }
  | { is: 'drop-after' };

const KNOWN_FIELDS = new Set([
  'To',
  'From',
  'MessagingServiceSid',
  'Body',
  'ValidityPeriod',
  'StatusCallback',
]);

/**
 * Twilio's Messages resource over HTTP, strict: it rejects what Twilio rejects and unknown fields besides, keeps
 * its own books, and complains of every request that it does not expect.
 */
export class FakeTwilio {
  readonly accountSid = `AC${randomBytes(16).toString('hex')}`;
  readonly authToken = randomBytes(16).toString('hex');
  readonly sent: SentMessage[] = [];
  readonly calls: MadeCall[] = [];
  /** What is said of every call when it is asked for. */
  callStatus: { status: string; answered_by: string | null } = { status: 'ringing', answered_by: null };
  accountStatus = 'active';
  numbers = [
    {
      phone_number: '+12895550100',
      sms_url: '',
      voice_url: '',
      capabilities: { sms: true, voice: true, mms: false, fax: false },
    },
  ];
  errorCode: number | null = null;
  readonly complaints: string[] = [];
  /** What is said of every message when its receipt is asked for. */
  delivery: 'sent' | 'delivered' | 'undelivered' = 'sent';
  /** Hears of every message before it is answered. */
  onWrite: (body: string) => void = () => {};
  readonly #faults: Fault[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeTwilio> {
    const fake = new FakeTwilio();
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    onTestFinished(() => {
      fake.#server.closeAllConnections();
      fake.#server.close();
    });
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get settings() {
    return {
      account_sid: this.accountSid,
      auth_token: this.authToken,
      from: '+12895550100',
      api_url: this.url,
    };
  }

  failNext(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://twilio');
    const expected = `Basic ${Buffer.from(`${this.accountSid}:${this.authToken}`).toString('base64')}`;
    if (request.headers.authorization !== expected) return refuse(response, 401, 20003, 'Authenticate');
    const base = `/2010-04-01/Accounts/${this.accountSid}`;
    if (request.method === 'GET' && url.pathname === `${base}.json`) {
      return answer(response, 200, {
        sid: this.accountSid,
        status: this.accountStatus,
        friendly_name: 'test',
        subresource_uris: {},
      });
    }
    if (request.method === 'GET' && url.pathname === `${base}/IncomingPhoneNumbers.json`) {
      const wanted = url.searchParams.get('PhoneNumber');
      const incoming_phone_numbers = this.numbers.filter(
        ({ phone_number }) => wanted === null || phone_number === wanted,
      );
      return answer(response, 200, {
        incoming_phone_numbers,
        page: 0,
        page_size: 50,
        next_page_uri: null,
        uri: '',
      });
    }
    const call = new RegExp(`^${base}/Calls/(CA[0-9a-f]{32})\\.json$`).exec(url.pathname);
    if (call && request.method === 'GET') {
      const made = this.calls.find(({ sid }) => sid === call[1]);
      if (!made) return refuse(response, 404, 20404, 'The requested resource was not found');
      return answer(response, 200, { sid: made.sid, to: made.to, from: made.from, ...this.callStatus });
    }
    if (request.method === 'POST' && url.pathname === `${base}/Calls.json`) {
      let given = '';
      for await (const piece of request) given += piece;
      return this.#call(request, new URLSearchParams(given), response);
    }
    const one = new RegExp(`^/2010-04-01/Accounts/${this.accountSid}/Messages/(SM[0-9a-f]{32})\\.json$`).exec(
      url.pathname,
    );
    const asked = one && this.sent.find(({ sid }) => sid === one[1]);
    if (one && request.method === 'GET') {
      if (!asked) return refuse(response, 404, 20404, 'The requested resource was not found');
      return answer(response, 200, {
        ...this.#resource(asked),
        status: this.delivery,
        error_code: this.errorCode,
      });
    }
    if (url.pathname !== `/2010-04-01/Accounts/${this.accountSid}/Messages.json`) {
      this.complaints.push(`${request.method} ${url.pathname}`);
      return refuse(response, 404, 20404, 'The requested resource was not found');
    }
    if (request.method === 'GET') return this.#list(url.searchParams, response);
    if (request.method !== 'POST') return refuse(response, 405, 20004, 'Method not allowed');
    let text = '';
    for await (const piece of request) text += piece;
    this.#create(request, new URLSearchParams(text), response);
  }

  #create(request: IncomingMessage, fields: URLSearchParams, response: ServerResponse): void {
    const fault = this.#faults.shift();
    if (fault?.is === 'drop-before') return void request.socket.destroy();
    if (fault?.is === 'slow') return;
    if (fault?.is === 'not-json')
      return void response
        .writeHead(fault.status, { 'content-type': 'text/html' })
        .end('<h1>Bad Gateway</h1>');
    if (fault?.is === 'error') return refuse(response, fault.status, fault.code, fault.message);
    const unknown = [...fields.keys()].filter((name) => !KNOWN_FIELDS.has(name));
    if (unknown.length > 0) {
      this.complaints.push(`unknown fields ${unknown.join(', ')}`);
      return refuse(response, 400, 20001, `Unknown parameter ${unknown[0]}`);
    }
    if (request.headers['content-type']?.split(';')[0] !== 'application/x-www-form-urlencoded') {
      return refuse(response, 415, 20006, 'Unsupported media type');
    }
    const to = fields.get('To') ?? '';
    const from = fields.get('From') ?? undefined;
    const body = fields.get('Body') ?? '';
    const validity = fields.get('ValidityPeriod');
    if (to === '') return refuse(response, 400, 21604, "A 'To' phone number is required.");
    if (!from && !fields.get('MessagingServiceSid'))
      return refuse(response, 400, 21603, "A 'From' phone number is required.");
    if (body === '') return refuse(response, 400, 21602, 'Message body is required.');
    if (body.length > 1_600)
      return refuse(response, 400, 21617, 'The concatenated message body exceeds the 1600 character limit.');
    if (validity !== null && !(Number(validity) >= 1 && Number(validity) <= 36_000))
      return refuse(response, 400, 21624, 'Invalid validity period value');
    if (!/^\+[1-9]\d{6,14}$/.test(to))
      return refuse(response, 400, 21211, `Invalid 'To' Phone Number: ${to}`);
    if (to.endsWith('0004')) return refuse(response, 400, 21610, 'Attempt to send to unsubscribed recipient');
    const statusCallback = fields.get('StatusCallback') ?? undefined;
    if (statusCallback && (!URL.canParse(statusCallback) || new URL(statusCallback).hostname.includes('_')))
      return refuse(response, 400, 21609, "The 'StatusCallback' URL is not a valid URL.");
    const message = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      to,
      from,
      body,
      dateSent: new Date(),
      statusCallback,
    };
    this.onWrite(body);
    this.sent.push(message);
    if (fault?.is === 'drop-after') return void request.socket.destroy();
    answer(response, 201, this.#resource(message));
  }

  #call(request: IncomingMessage, fields: URLSearchParams, response: ServerResponse): void {
    const fault = this.#faults.shift();
    if (fault?.is === 'drop-before') return void request.socket.destroy();
    if (fault?.is === 'slow') return;
    if (fault?.is === 'not-json') return void response.writeHead(fault.status).end('<h1>Bad Gateway</h1>');
    if (fault?.is === 'error') return refuse(response, fault.status, fault.code, fault.message);
    const known = [
      'To',
      'From',
      'Twiml',
      'Timeout',
      'MachineDetection',
      'StatusCallback',
      'StatusCallbackEvent',
    ];
    const unknown = [...fields.keys()].filter((name) => !known.includes(name));
    if (unknown.length > 0) this.complaints.push(`unknown fields ${unknown.join(', ')}`);
    const [to, from, twiml] = ['To', 'From', 'Twiml'].map((name) => fields.get(name) ?? '');
    if (!/^\+[1-9]\d{6,14}$/.test(to!))
      return refuse(response, 400, 21211, `Invalid 'To' Phone Number: ${to}`);
    if (!this.numbers.some(({ phone_number }) => phone_number === from))
      return refuse(response, 400, 21210, `From ${from} is not a number of yours`);
    if (!twiml!.startsWith('<Response>') || twiml!.length > 4_000)
      return refuse(response, 400, 21218, 'Invalid Twiml');
    const call = {
      sid: `CA${randomBytes(16).toString('hex')}`,
      to: to!,
      from: from!,
      twiml: twiml!,
      statusCallback: fields.get('StatusCallback') ?? undefined,
    };
    this.onWrite(twiml!);
    this.calls.push(call);
    if (fault?.is === 'drop-after') return void request.socket.destroy();
    answer(response, 201, { sid: call.sid, to, from, status: 'queued' });
  }

  /** As Twilio calls a webhook: signed over the URL as it knows it. */
  call(
    url: string,
    fields: Record<string, string>,
    token = this.authToken,
  ): { method: 'POST'; body: string; headers: Record<string, string> } {
    const text = Object.keys(fields)
      .sort()
      .reduce((all, name) => all + name + fields[name], url);
    return {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': createHmac('sha1', token).update(text).digest('base64'),
      },
    };
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    for (const name of query.keys()) {
      if (!['To', 'From', 'DateSent', 'DateSent>', 'DateSent<', 'PageSize'].includes(name))
        this.complaints.push(`unknown filter ${name}`);
    }
    const after = query.get('DateSent>');
    const messages = this.sent
      .filter(({ to }) => !query.get('To') || to === query.get('To'))
      .filter(({ dateSent }) => !after || dateSent >= new Date(after))
      .map((message) => this.#resource(message));
    answer(response, 200, {
      messages,
      page: 0,
      page_size: 50,
      next_page_uri: null,
      first_page_uri: '',
      uri: '',
    });
  }

  #resource({ sid, to, from, body, dateSent }: SentMessage) {
    return {
      sid,
      account_sid: this.accountSid,
      api_version: '2010-04-01',
      to,
      from: from ?? null,
      body,
      status: 'queued',
      direction: 'outbound-api',
      num_segments: '1',
      num_media: '0',
      price: null,
      price_unit: 'USD',
      error_code: null,
      error_message: null,
      messaging_service_sid: null,
      date_created: dateSent.toUTCString(),
      date_sent: dateSent.toUTCString(),
      date_updated: dateSent.toUTCString(),
      uri: `/2010-04-01/Accounts/${this.accountSid}/Messages/${sid}.json`,
      subresource_uris: {},
    };
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: number | undefined, message: string): void {
  answer(response, status, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  });
}
