import { randomBytes } from 'node:crypto';
import { FakeJira, ok, PEOPLE, PRIORITY, problem, SCREEN, shown, stamp } from './fake-jira.ts';
import {
  HUMAN,
  Refused,
  US,
  type FakeAnswer,
  type FakeCall,
  type FakeTicket,
  type Json,
} from './fake-helpdesk.ts';

const NAMES = { [US]: 'watchdesk', [HUMAN]: 'ana', customer: 'carl' };
const ESCAPED = /\\([\\{}[\]*_+^~|!?-])/g;
/** An administrator has made the pages small. */
const MOST_RESULTS = 50;

/**
 * Jira Data Center, strict: personal access tokens alone, REST 2, texts in wiki markup, users by their name. What
 * Cloud alone has is refused.
 */
export class FakeJiraDataCenter extends FakeJira {
  readonly token = randomBytes(24).toString('base64');
  protected override readonly base = '/rest/api/2';
  protected override readonly textRefusal = 'Operation value must be a string';

  protected override authenticate({ headers }: FakeCall): void {
    if (headers.authorization !== `Bearer ${this.token}`)
      throw new Refused(
        401,
        problem('You are not authenticated. Authentication required to perform this operation.'),
      );
  }

  protected override person(who: keyof typeof PEOPLE): Json {
    const name = NAMES[who];
    return {
      name,
      key: `JIRAUSER1010${Object.keys(NAMES).indexOf(who)}`,
      displayName: PEOPLE[who].displayName,
      active: true,
    };
  }

  protected override isText(body: unknown): boolean {
    return typeof body === 'string';
  }

  protected override plain(body: unknown): string {
    return String(body)
      .replace(/^\{noformat\}\n|\n\{noformat\}$/g, '')
      .replace(ESCAPED, '$1');
  }

  protected override isNobody(body: Json): boolean {
    return body['name'] !== NAMES[HUMAN] || 'accountId' in body;
  }

  protected override comment({ id, author, body, isPublic, at }: FakeTicket['entries'][number]): Json {
    return {
      id: String(id),
      author: this.person(author),
      body,
      created: stamp(at),
      // Without `expand=properties` nothing says who may read it.
      ...(this.#expands && {
        properties: isPublic ? [] : [{ key: 'sd.public.comment', value: { internal: true } }],
      }),
    };
  }

  #expands = false;

  protected override missing(): FakeAnswer {
    return { status: 404, body: problem('Issue Does Not Exist') };
  }

  protected override answer(call: FakeCall): FakeAnswer | undefined {
    const { method, path, query, body } = call;
    this.#expands = query.get('expand') === 'properties';
    const fields = body['fields'] as Json | undefined;
    const reporter = fields?.['reporter'] as Json | undefined;
    if (reporter && ('accountId' in reporter || typeof reporter['name'] !== 'string'))
      throw new Refused(400, {
        errorMessages: [],
        errors: { reporter: 'The reporter specified is not a user.' },
      });
    const at = path.startsWith(this.base) ? path.slice(this.base.length) : '';
    const id = /^\/issue\/([A-Z]+-\d+)$/.exec(at)?.[1];
    if (method === 'GET' && id !== undefined && query.get('expand') === 'changelog') {
      const histories = this.changesOf(id);
      return ok({
        ...shown(this.moved(id), query.get('fields')?.split(',')),
        changelog: { startAt: 0, maxResults: histories.length, total: histories.length, histories },
      });
    }
    // Neither is there: they are Cloud's.
    if (at === '/search/jql' || at.endsWith('/changelog')) return { status: 404, body: null };
    if (`${method} ${at}` === 'POST /search') return this.#page(body);
    if (at === '/issue/createmeta/OPS/issuetypes')
      return ok(
        page([
          { id: '10', name: 'Incident' },
          { id: '11', name: 'Task' },
        ]),
      );
    if (/^\/issue\/createmeta\/OPS\/issuetypes\/1[01]$/.test(at)) return ok(page(this.#screen()));
    return super.answer(call);
  }

  #page(body: Json): FakeAnswer {
    const jql = String(body['jql'] ?? '');
    if ('nextPageToken' in body) throw new Refused(400, problem('Unrecognized field "nextPageToken"'));
    const found = this.matching(jql);
    const startAt = Number(body['startAt'] ?? 0);
    const size = Math.min(MOST_RESULTS, Number(body['maxResults'] ?? 50));
    return ok({
      startAt,
      maxResults: size,
      total: found.length,
      issues: found
        .slice(startAt, startAt + size)
        .map((one) => shown(one, body['fields'] as string[] | undefined)),
    });
  }

  #screen(): Json[] {
    return SCREEN.filter((field) => field !== 'labels' || this.hasLabels).map((fieldId) => ({
      fieldId,
      name: fieldId,
      required: ['project', 'issuetype', 'summary'].includes(fieldId),
      ...(fieldId === 'priority' && { allowedValues: Object.values(PRIORITY).map((name) => ({ name })) }),
    }));
  }
}

const page = (values: Json[]) => ({ maxResults: 50, startAt: 0, total: values.length, isLast: true, values });
