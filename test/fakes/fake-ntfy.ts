import { randomBytes } from 'node:crypto';
import { FakePush, type PushCall } from './fake-push.ts';

interface Published {
  id: string;
  time: number;
  event: 'message';
  topic: string;
  title: string;
  message: string;
  priority: number;
  click: string;
  actions: {
    action: string;
    label: string;
    url: string;
    method?: string;
    body?: string;
    headers?: Record<string, string>;
  }[];
}

const FIELDS = new Set(['topic', 'title', 'message', 'priority', 'tags', 'click', 'actions']);

/** An ntfy server that asks for a token, strict: https://docs.ntfy.sh/publish/#publish-as-json */
export class FakeNtfy extends FakePush {
  readonly token = `tk_${randomBytes(12).toString('hex')}`;
  readonly published: Published[] = [];
  /** Topics that the account may not publish to. */
  readonly closed = new Set<string>();

  protected isMessage({ method, path }: PushCall): boolean {
    return method === 'POST' && path === '/';
  }

  protected async answer({ method, path, query, headers, body }: PushCall) {
    if (headers.authorization !== `Bearer ${this.token}`) return refused(401, 40101, 'unauthorized');
    const topic = /^\/([-_A-Za-z0-9]{1,64})\/(json|auth)$/.exec(path);
    if (method === 'GET' && topic?.[2] === 'auth')
      return this.closed.has(topic[1]!)
        ? refused(403, 40301, 'forbidden')
        : { status: 200, body: { success: true } };
    if (method === 'GET' && topic?.[2] === 'json' && query.get('poll') === '1') {
      const since = Number(query.get('since'));
      const found = this.published.filter((one) => one.topic === topic[1] && one.time >= since);
      return { status: 200, text: found.map((one) => `${JSON.stringify(one)}\n`).join('') };
    }
    if (method !== 'POST' || path !== '/') return refused(404, 40401, 'page not found');
    const given = (body ?? {}) as Published;
    for (const key of Object.keys(given)) if (!FIELDS.has(key)) this.complain(`unknown field ${key}`);
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(given.topic ?? '')) return refused(400, 40009, 'invalid topic');
    if (this.closed.has(given.topic)) return refused(403, 40301, 'forbidden');
    if (![1, 2, 3, 4, 5].includes(given.priority)) return refused(400, 40007, 'invalid priority');
    if (given.actions.length > 3) return refused(400, 40018, 'too many actions');
    if (Buffer.byteLength(given.message) > 4_096) this.complain('the message would become a file');
    for (const { action, label, url } of given.actions)
      if (!['view', 'http'].includes(action) || !label || !URL.canParse(url))
        return refused(400, 40018, 'invalid action');
    const one: Published = {
      ...given,
      id: randomBytes(6).toString('hex'),
      time: Math.floor(Date.now() / 1_000),
      event: 'message',
    };
    this.published.push(one);
    return { status: 200, body: one };
  }
}

const refused = (http: number, code: number, error: string) => ({
  status: http,
  body: { code, http, error },
});
