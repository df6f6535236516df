import { FakeFreshdesk } from './fake-freshdesk.ts';
import { Refused, type FakeAnswer, type FakeCall, type Json } from './fake-helpdesk.ts';

const TICKET_FIELDS = new Set([
  'name', 'requester_id', 'email', 'phone', 'subject', 'type', 'status', 'priority', 'description', 'responder_id',
  'cc_emails', 'custom_fields', 'due_by', 'email_config_id', 'fr_due_by', 'group_id', 'source', 'tags', 'department_id',
  'category', 'sub_category', 'item_category', 'assets', 'urgency', 'impact', 'problem', 'workspace_id',
  'resolution_notes',
]); // prettier-ignore

const PRIMARY = 2;

/** Under which name each answer stands. */
const WRAPPED: readonly [path: RegExp, name: string][] = [
  [/^GET \/tickets$/, 'tickets'],
  [/^(POST \/tickets|(GET|PUT) \/tickets\/\d+)$/, 'ticket'],
  [/^POST \/tickets\/\d+\/(notes|reply)$/, 'conversation'],
  [/^GET \/tickets\/\d+\/conversations$/, 'conversations'],
  [/^GET \/agents\/(me|\d+)$/, 'agent'],
  [/^GET \/groups\/\d+$/, 'group'],
];

/**
 * Freshservice's tickets, strict, as https://api.freshservice.com/ says: what Freshdesk has, but every answer below its
 * name, custom fields without a prefix, urgency and impact, no sorting but by creation, and no merging.
 */
export class FakeFreshservice extends FakeFreshdesk {
  protected override readonly ticketFields = TICKET_FIELDS;
  protected override readonly listParameters = [
    'updated_since', 'order_type', 'per_page', 'page', 'include', 'filter', 'email', 'requester_id', 'workspace_id', 'type',
  ]; // prettier-ignore
  readonly #hasKeyField: boolean;

  constructor(keyField = 'watchdesk_key', hasKeyField = true) {
    super(keyField, hasKeyField);
    this.#hasKeyField = hasKeyField;
  }

  protected override answer(call: FakeCall): FakeAnswer | undefined {
    const at = `${call.method} ${call.path.replace(/^\/api\/v2/, '')}`;
    if (at === 'GET /ticket_form_fields') return this.#fields();
    if (at === 'GET /ticket_fields' || at === 'PUT /tickets/merge') return undefined;
    if (/^(POST|PUT) \/tickets/.test(at)) this.#checkLevels(call.body);
    const answer = at === 'GET /tickets' ? this.#inWorkspace(call) : super.answer(call);
    const name = WRAPPED.find(([path]) => path.test(at))?.[1];
    if (!answer || answer.status >= 300 || name === undefined) return answer;
    return { ...answer, body: { [name]: name === 'agent' ? agent(answer.body as Json) : answer.body } };
  }

  /** Without a workspace, those of the primary one. */
  #inWorkspace(call: FakeCall): FakeAnswer | undefined {
    const answer = super.answer(call);
    if (!answer || answer.status !== 200) return answer;
    const workspace = Number(call.query.get('workspace_id') ?? PRIMARY);
    const tickets = (answer.body as Json[]).filter(
      (one) => Number(one['workspace_id'] ?? PRIMARY) === workspace,
    );
    return { ...answer, body: tickets };
  }

  /** Each is 1, 2 or 3. */
  #checkLevels(body: Json): void {
    for (const field of ['urgency', 'impact']) {
      const given = body[field];
      if (given !== undefined && !(Number.isInteger(given) && Number(given) >= 1 && Number(given) <= 3))
        throw new Refused(400, {
          description: 'Validation failed',
          errors: [{ field, message: 'It should be one of these values: 1,2,3', code: 'invalid_value' }],
        });
    }
  }

  #fields(): FakeAnswer {
    const choices = (values: readonly string[], first: number) =>
      values.map((value, index) => ({ id: first + index, value, display_id: first + index }));
    const fields = [
      { name: 'status', choices: choices(['Open', 'Pending', 'Resolved', 'Closed'], 2) },
      { name: 'priority', choices: choices(['Low', 'Medium', 'High', 'Urgent'], 1) },
      { name: 'category', choices: choices(['Network', 'Software'], 30) },
      ...(this.#hasKeyField ? [{ name: 'watchdesk_key', field_type: 'custom_text' }] : []),
    ];
    return { status: 200, body: { ticket_fields: fields } };
  }
}

function agent({ id, contact }: Json): Json {
  const [first_name, last_name] = String((contact as Json)['name']).split(' ');
  return { id, first_name, last_name: last_name ?? null, email: `${first_name!.toLowerCase()}@acme.example` };
}
