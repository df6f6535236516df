import { randomBytes } from 'node:crypto';
import type { Priority } from '../../src/core/target.ts';
import { adfToText } from '../../src/helpdesks/shared/adf.ts';
import {
  FakeHelpdesk,
  HUMAN,
  oursOf,
  Refused,
  US,
  type FakeAnswer,
  type FakeCall,
  type FakeTicket,
  type HumanHand,
  type Json,
  type TicketView,
} from './fake-helpdesk.ts';

export const PRIORITY = { urgent: 'Highest', high: 'High', medium: 'Medium', low: 'Low' };
const STATUS = { open: 'In Progress', pending: 'Pending', resolved: 'Done' };
const STATUSES = [
  { id: '1', name: 'To Do', statusCategory: { key: 'new' } },
  { id: '2', name: 'In Progress', statusCategory: { key: 'indeterminate' } },
  { id: '3', name: 'Pending', statusCategory: { key: 'indeterminate' } },
  { id: '4', name: 'Done', statusCategory: { key: 'done' } },
];
export const PEOPLE = {
  [US]: { accountId: 'us-1', displayName: 'Watchdesk', accountType: 'atlassian' },
  [HUMAN]: { accountId: 'ana-1', displayName: 'Ana Agent', accountType: 'atlassian' },
  customer: { accountId: 'cust-1', displayName: 'Carl Customer', accountType: 'customer' },
};
export const SCREEN = ['project', 'issuetype', 'summary', 'description', 'priority', 'labels', 'reporter'];

/** Jira Cloud's issues, strict: fields off the screen, wrong values, malformed documents and old endpoints are refused. */
export class FakeJira extends FakeHelpdesk {
  readonly email = 'monitor@example.com';
  readonly apiToken = randomBytes(12).toString('hex');
  /** Labels cannot be set when an issue is made. */
  hasLabels = true;
  /** Which duplicates which. */
  readonly duplicates: [string, string][] = [];
  protected changes: { ticket: string; field: string; author: keyof typeof PEOPLE; at: number }[] = [];
  /** Where its API is. */
  protected readonly base: string = '/rest/api/3';

  view(ticket: FakeTicket): TicketView {
    const { fields, id, entries, mergedInto } = ticket;
    const labels = (fields['labels'] ?? []) as string[];
    return {
      id,
      key: labels.find((one) => one.startsWith('watchdesk-'))?.slice('watchdesk-'.length),
      subject: String(fields['summary']),
      body: this.plain(fields['description']),
      status: fields['status'] === 'Done' ? 'resolved' : fields['status'] === 'Pending' ? 'pending' : 'open',
      priority: oursOf(PRIORITY, (fields['priority'] as Json | undefined)?.['name']),
      mergedInto,
      entries,
    };
  }

  openByHuman(summary: string, priority: Priority): FakeTicket {
    const id = `OPS-${this.nextId()}`;
    const fields = {
      summary,
      status: 'To Do',
      priority: { name: PRIORITY[priority] },
      labels: [],
      project: { key: 'OPS' },
    };
    return this.add(fields, id);
  }

  protected set(ticket: FakeTicket, { status, priority, assignee }: HumanHand): void {
    const note = (field: string) =>
      this.changes.push({ ticket: ticket.id, field, author: HUMAN, at: Date.now() });
    if (status) {
      ticket.fields['status'] = STATUS[status];
      note('status');
    }
    if (priority) {
      ticket.fields['priority'] = { name: PRIORITY[priority] };
      note('priority');
    }
    if (assignee !== undefined) {
      ticket.fields['assignee'] = assignee ? this.person(HUMAN) : null;
      note('assignee');
    }
  }

  /** An issue that moves gets another key; the old one leads there. */
  protected override merge(ticket: FakeTicket, into: string): void {
    ticket.mergedInto = into;
  }

  protected authenticate({ headers, method, path }: FakeCall): void {
    const expected = `Basic ${Buffer.from(`${this.email}:${this.apiToken}`).toString('base64')}`;
    if (headers.authorization === expected) return;
    // Reading is allowed to the world, which sees nothing.
    if (method === 'GET' && !path.endsWith('/myself'))
      throw new Refused(404, problem('Issue does not exist or you do not have permission to see it.'));
    if (path.endsWith('/myself'))
      throw new Refused(401, 'Client must be authenticated to access this resource.');
    throw new Refused(
      401,
      problem('You are not authenticated. Authentication required to perform this operation.'),
    );
  }

  /** What its API names a user by. */
  protected person(who: keyof typeof PEOPLE): Json {
    return PEOPLE[who];
  }

  protected readonly textRefusal: string = 'Operation value must be an Atlassian Document';

  protected isText(body: unknown): boolean {
    return isDocument(body);
  }

  protected plain(body: unknown): string {
    return adfToText(body);
  }

  protected comment({ id, author, body, isPublic, at }: FakeTicket['entries'][number]): Json {
    return {
      id: String(id),
      author: this.person(author),
      body: {
        type: 'doc',
        version: 1,
        content: [{ type: 'paragraph', content: [{ type: 'text', text: body }] }],
      },
      created: stamp(at),
      jsdPublic: isPublic,
    };
  }

  protected isNobody(body: Json): boolean {
    return body['accountId'] !== PEOPLE[HUMAN].accountId;
  }

  protected changesOf(id: string): Json[] {
    return this.changes
      .filter(({ ticket }) => ticket === id)
      .map(({ author, at, field }) => ({
        author: this.person(author),
        created: stamp(at),
        items: [{ field }],
      }));
  }

  protected missing(): FakeAnswer {
    return { status: 404, body: problem('Issue does not exist or you do not have permission to see it.') };
  }

  protected override limited(): FakeAnswer {
    return {
      status: 429,
      body: problem('Rate limit exceeded.'),
      headers: {
        'retry-after': String(this.retryAfterS),
        'x-ratelimit-remaining': '0',
        'ratelimit-reason': 'jira-burst-based',
      },
    };
  }

  protected answer({ method, path, query, body }: FakeCall): FakeAnswer | undefined {
    if (!path.startsWith(`${this.base}/`)) return undefined;
    const at = path.slice(this.base.length);
    const [, , id = ''] = at.split('/');
    switch (`${method} ${at.replace(/^\/issue\/[A-Z]+-\d+/, '/issue/:id')}`) {
      case 'GET /myself':
        return ok({ ...this.person(US), timeZone: 'America/Toronto' });
      case 'POST /issue':
        return this.#create(body);
      case 'GET /issue/:id': {
        const ticket = this.moved(id);
        return ok(shown(ticket, query.get('fields')?.split(',')));
      }
      case 'PUT /issue/:id':
        return this.#edit(this.ticket(id), body);
      case 'PUT /issue/:id/assignee': {
        const ticket = this.ticket(id);
        if (this.isNobody(body))
          throw new Refused(400, {
            errorMessages: [],
            errors: { assignee: `User '${JSON.stringify(body)}' cannot be assigned issues.` },
          });
        ticket.fields['assignee'] = this.person(HUMAN);
        this.changes.push({ ticket: id, field: 'assignee', author: US, at: Date.now() });
        this.touch(ticket);
        return { status: 204 };
      }
      case 'POST /issue/:id/comment':
        return this.#comment(this.ticket(id), body);
      case 'GET /issue/:id/comment': {
        const all = this.ticket(id).entries;
        const from = Number(query.get('startAt') ?? 0);
        const comments = all
          .slice(from, from + Number(query.get('maxResults') ?? 50))
          .map((one) => this.comment(one));
        return ok({ startAt: from, maxResults: 100, total: all.length, comments });
      }
      case 'GET /issue/:id/changelog':
        return ok({ values: this.changesOf(id) });
      case 'GET /issue/:id/transitions': {
        const now = this.ticket(id).fields['status'];
        const ways = STATUSES.filter(({ name }) => name !== now && name !== 'To Do');
        return ok({
          transitions: ways.map((to) => ({
            id: `${to.id}1`,
            name: `To ${to.name}`,
            to,
            fields: to.name === 'Done' ? { resolution: { required: true } } : {},
          })),
        });
      }
      case 'POST /issue/:id/transitions':
        return this.#transit(this.ticket(id), body);
      case 'POST /issueLink': {
        const { type, inwardIssue, outwardIssue } = body as Record<string, Json>;
        if (type?.['name'] !== 'Duplicate')
          throw new Refused(404, problem('No issue link type with that name.'));
        const kept = this.ticket(String(outwardIssue!['key']));
        this.duplicates.push([this.ticket(String(inwardIssue!['key'])).id, kept.id]);
        return { status: 201 };
      }
      case 'POST /search/jql':
        return this.#search(body);
      case 'GET /issue/createmeta/OPS/issuetypes':
        return ok({
          issueTypes: [
            { id: '10', name: 'Incident' },
            { id: '11', name: 'Task' },
          ],
        });
      case 'GET /issue/createmeta/OPS/issuetypes/10':
      case 'GET /issue/createmeta/OPS/issuetypes/11': {
        const screen = SCREEN.filter((field) => field !== 'labels' || this.hasLabels);
        return ok({
          fields: screen.map((fieldId) => ({
            fieldId,
            name: fieldId,
            required: ['project', 'issuetype', 'summary'].includes(fieldId),
            ...(fieldId === 'priority' && {
              allowedValues: Object.values(PRIORITY).map((name) => ({ name })),
            }),
          })),
        });
      }
      default:
        if (at.startsWith('/search')) throw new Refused(410, problem('The requested API has been removed.'));
        return at.startsWith('/issue/createmeta/') ? this.missing() : undefined;
    }
  }

  protected moved(id: string): FakeTicket {
    const ticket = this.ticket(id);
    return ticket.mergedInto === undefined ? ticket : this.ticket(ticket.mergedInto);
  }

  #create(body: Json): FakeAnswer {
    const fields = (body['fields'] ?? {}) as Json;
    const errors = this.#errors(fields);
    for (const needed of ['project', 'issuetype', 'summary']) {
      if (!(needed in fields)) errors[needed] = `${needed} is required.`;
    }
    if ((fields['project'] as Json)?.['key'] !== 'OPS') errors['project'] = 'valid project is required';
    if (!['Incident', 'Task'].includes(String((fields['issuetype'] as Json)?.['name']))) {
      errors['issuetype'] = 'The issue type selected is invalid.';
    }
    refuse(errors);
    this.onWrite('ticket', fields);
    const id = `OPS-${this.nextId()}`;
    const ticket = this.add({ labels: [], status: 'To Do', ...fields }, id);
    return {
      status: 201,
      body: {
        id: String(1_000 + this.tickets.length),
        key: id,
        self: `${this.url}${this.base}/issue/${ticket.id}`,
      },
    };
  }

  #edit(ticket: FakeTicket, body: Json): FakeAnswer {
    const fields = (body['fields'] ?? {}) as Json;
    refuse(this.#errors(fields, true));
    Object.assign(ticket.fields, fields);
    this.touch(ticket);
    return { status: 204 };
  }

  #comment(ticket: FakeTicket, body: Json): FakeAnswer {
    if (!this.isText(body['body'])) refuse({ comment: 'Comment body is not valid!' });
    this.onWrite('note', body);
    const [property] = (body['properties'] ?? []) as { key: string; value: Json }[];
    const isInternal = property?.key === 'sd.public.comment' && property.value['internal'] === true;
    const entry = this.enter(ticket, { author: US, body: this.plain(body['body']), isPublic: !isInternal });
    return { status: 201, body: this.comment(entry) };
  }

  #transit(ticket: FakeTicket, body: Json): FakeAnswer {
    const to = STATUSES.find(({ id }) => `${id}1` === (body['transition'] as Json)?.['id']);
    if (!to || to.name === ticket.fields['status']) {
      throw new Refused(
        400,
        problem('It seems that you have tried to perform an illegal workflow operation.'),
      );
    }
    const fields = Object.keys((body['fields'] ?? {}) as Json);
    if (to.name === 'Done' ? !fields.includes('resolution') : fields.length > 0) {
      refuse({
        resolution: "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown.",
      });
    }
    ticket.fields['status'] = to.name;
    this.changes.push({ ticket: ticket.id, field: 'status', author: US, at: Date.now() });
    this.touch(ticket);
    return { status: 204 };
  }

  /** Eventually consistent; without `fields` it gives ids alone. */
  #search(body: Json): FakeAnswer {
    const jql = String(body['jql'] ?? '');
    if (!/project = "OPS"/.test(jql))
      throw new Refused(400, problem('Unbounded JQL queries are not allowed here.'));
    const found = this.matching(jql);
    const from = Number(body['nextPageToken'] ?? 0);
    const size = Math.min(100, Number(body['maxResults'] ?? 50));
    const page = found
      .slice(from, from + size)
      .map((ticket) => shown(ticket, body['fields'] as string[] | undefined));
    const isLast = from + size >= found.length;
    return ok({ issues: page, isLast, ...(!isLast && { nextPageToken: String(from + size) }) });
  }

  protected matching(jql: string): FakeTicket[] {
    const label = /labels = "([^"]+)"/.exec(jql)?.[1];
    const word = /summary ~ "([^"]+)"/.exec(jql)?.[1];
    const minutes = /updated >= "-(\d+)m"/.exec(jql)?.[1];
    if (label === undefined && minutes === undefined)
      throw new Refused(400, problem('Error in the JQL Query.'));
    const found = this.listed().filter((ticket) =>
      minutes === undefined
        ? ((ticket.fields['labels'] ?? []) as string[]).includes(label!) ||
          String(ticket.fields['summary']).includes(word ?? '\n')
        : ticket.updatedAtMs >= Date.now() - Number(minutes) * 60_000,
    );
    const by = jql.includes('ORDER BY updated') ? 'updatedAtMs' : 'createdAtMs';
    return found.toSorted((a, b) => a[by] - b[by]);
  }

  #errors(fields: Json, isEdit = false): Record<string, string> {
    const errors: Record<string, string> = {};
    for (const name of Object.keys(fields)) {
      if (!SCREEN.includes(name) || (name === 'labels' && !this.hasLabels && !isEdit)) {
        errors[name] = `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`;
      }
    }
    const summary = String(fields['summary'] ?? '');
    if (summary.length > 255) errors['summary'] = "Summary can't exceed 255 characters.";
    if (summary.includes('\n'))
      errors['summary'] = 'The summary is invalid because it contains newline characters.';
    if ('description' in fields && !this.isText(fields['description']))
      errors['description'] = this.textRefusal;
    const priority = (fields['priority'] as Json | undefined)?.['name'];
    if (priority !== undefined && !Object.values(PRIORITY).includes(String(priority))) {
      errors['priority'] = 'The priority selected is invalid.';
    }
    for (const label of (fields['labels'] ?? []) as string[]) {
      if (/\s/.test(label)) errors['labels'] = `The label '${label}' contains spaces which is invalid.`;
    }
    return errors;
  }
}

/** Well-formed, as far as text goes: nothing empty, nothing raw. */
function isDocument(node: unknown): boolean {
  const { type, version, content } = (node ?? {}) as Json;
  if (type !== 'doc' || version !== 1 || !Array.isArray(content)) return false;
  const isBlock = (one: Json): boolean => {
    const inner = (one['content'] ?? []) as Json[];
    if (!['paragraph', 'codeBlock'].includes(String(one['type']))) return false;
    return inner.every(
      (piece) =>
        piece['type'] === 'hardBreak' ||
        (piece['type'] === 'text' && typeof piece['text'] === 'string' && piece['text'] !== ''),
    );
  };
  return (content as Json[]).every(isBlock);
}

export const stamp = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

export const ok = (body: unknown): FakeAnswer => ({ status: 200, body });

export function shown({ id, fields, createdAtMs, updatedAtMs }: FakeTicket, wanted?: string[]) {
  const status = STATUSES.find(({ name }) => name === fields['status']);
  const all: Json = { ...fields, status, created: stamp(createdAtMs), updated: stamp(updatedAtMs) };
  return {
    id: `1${id.replace(/\D/g, '')}`,
    key: id,
    fields: wanted ? Object.fromEntries(wanted.map((name) => [name, all[name] ?? null])) : {},
  };
}

export const problem = (message: string) => ({ errorMessages: [message], errors: {} });

function refuse(errors: Record<string, string>): void {
  if (Object.keys(errors).length > 0) throw new Refused(400, { errorMessages: [], errors });
}
