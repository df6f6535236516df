import { randomBytes } from 'node:crypto';
import { FakePush, type PushCall } from './fake-push.ts';

interface Card {
  body: { type: string; text?: string; facts?: { title: string; value: string }[] }[];
  actions: { type: string; title: string; url: string }[];
}

/** A workflow "when a Teams webhook request is received", strict about the card that it posts. */
export class FakeTeams extends FakePush {
  readonly signature = randomBytes(16).toString('hex');
  readonly cards: Card[] = [];

  get workflow(): string {
    return `${this.url}/workflows/3f2a/triggers/manual/paths/invoke?api-version=2016-06-01&sig=${this.signature}`;
  }

  protected isMessage(): boolean {
    return true;
  }

  protected async answer({ method, path, query, body }: PushCall) {
    if (!path.endsWith('/invoke'))
      return { status: 404, body: error('WorkflowNotFound', 'The workflow could not be found.') };
    if (query.get('sig') !== this.signature)
      return {
        status: 401,
        body: error('DirectApiAuthorizationRequired', 'The request must be authenticated.'),
      };
    if (method !== 'POST') return { status: 405 };
    if (Buffer.byteLength(JSON.stringify(body)) > 28_000)
      return { status: 413, body: error('RequestEntityTooLarge', 'too large') };
    const { type, attachments } = (body ?? {}) as {
      type?: string;
      attachments?: { contentType: string; content: any }[];
    };
    const [first] = attachments ?? [];
    if (type !== 'message' || first?.contentType !== 'application/vnd.microsoft.card.adaptive')
      return {
        status: 400,
        body: error('TriggerInputSchemaMismatch', 'The input body does not match the schema.'),
      };
    const card = first.content as Card & { type: string; version: string };
    if (card.type !== 'AdaptiveCard' || !/^1\.[0-5]$/.test(card.version)) this.complain('no adaptive card');
    for (const one of card.body)
      if (
        one.type === 'TextBlock'
          ? !one.text
          : one.type !== 'FactSet' || !one.facts?.every(({ title, value }) => title && value)
      )
        this.complain(`a block that Teams drops: ${JSON.stringify(one)}`);
    for (const one of card.actions)
      if (one.type !== 'Action.OpenUrl' || !URL.canParse(one.url))
        this.complain('a button that does nothing');
    this.cards.push(card);
    return { status: 202 };
  }
}

const error = (code: string, message: string) => ({ error: { code, message } });
