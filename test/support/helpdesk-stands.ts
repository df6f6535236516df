import { onTestFinished } from 'vitest';
import type { Priority } from '../../src/core/target.ts';
import freshdesk from '../../src/helpdesks/freshdesk.ts';
import freshservice from '../../src/helpdesks/freshservice.ts';
import glpi from '../../src/helpdesks/glpi.ts';
import type { BuiltInDesk, Helpdesk, HelpdeskType } from '../../src/helpdesks/helpdesk.ts';
import halopsa from '../../src/helpdesks/halopsa.ts';
import jira from '../../src/helpdesks/jira.ts';
import servicenow from '../../src/helpdesks/servicenow.ts';
import webhook from '../../src/helpdesks/webhook.ts';
import zammad from '../../src/helpdesks/zammad.ts';
import zendesk from '../../src/helpdesks/zendesk.ts';
import { FakeFreshdesk } from '../fakes/fake-freshdesk.ts';
import { FakeFreshservice } from '../fakes/fake-freshservice.ts';
import { FakeGlpi } from '../fakes/fake-glpi.ts';
import type { TicketReading } from '../../src/core/ticket-reading.ts';
import type { FakeHelpdesk, HumanHand, Json, TicketView } from '../fakes/fake-helpdesk.ts';
import { FakeHaloPsa } from '../fakes/fake-halopsa.ts';
import { FakeJira } from '../fakes/fake-jira.ts';
import { FakeJiraDataCenter } from '../fakes/fake-jira-data-center.ts';
import { FakeReceiver } from '../fakes/fake-receiver.ts';
import { FakeServiceNow } from '../fakes/fake-servicenow.ts';
import { FakeZammad } from '../fakes/fake-zammad.ts';
import { FakeZendesk } from '../fakes/fake-zendesk.ts';

/** A helpdesk with its adapter, as tests use it that hold for all of them. */
export interface HelpdeskStand {
  helpdesk: Helpdesk;
  /** The same helpdesk by other settings. */
  make(more: Record<string, unknown>): Helpdesk;
  view(id: string): Promise<TicketView>;
  byHuman(id: string, hand: HumanHand): Promise<void>;
  openByHuman(subject: string, priority: Priority, more?: Json): Promise<string>;
  /** What nobody should have asked it. */
  complaints(): string[];
  secrets: readonly string[];
}

export interface FakeStand extends HelpdeskStand {
  fake: FakeHelpdesk;
}

/** How to stand one up, and what its vendor cannot do. */
export interface StandKind<Stand extends HelpdeskStand> {
  name: string;
  open(): Promise<Stand>;
  subjectLimit: number;
  /** A ticket of Ann's, of Acme's, in the vendor's own fields; how it is read; settings that this needs. */
  whose?: { fields: Json; reads: Pick<TicketReading, 'requester' | 'companies'>; settings?: Json };
  /** Credentials that it does not take. */
  wrong: Record<string, unknown>;
  /** How somebody is called there who can be given a ticket, by the name that is read; and somebody who cannot. */
  agents: { there: string; reads: RegExp; nobody: string };
  /** Settings that name what does not exist, and a word of what should be said of it. */
  misfit?: { settings: Record<string, unknown>; says: RegExp };
  /** Extras that are refused, although the ticket is good without. */
  refusedExtra?: Record<string, unknown>;
  cannot: readonly 'merge'[];
  /** Makes the helpdesk lose our key without a word. */
  loseKey?(stand: Stand): void;
}

export function adapterOf(
  type: HelpdeskType<never>,
  settings: unknown,
  now: () => number = Date.now,
): Helpdesk {
  const parsed = type.settings.parse(settings) as never;
  return type.create(parsed, { desk: () => ({}) as BuiltInDesk, publicUrl: 'https://w.example', now });
}

async function standOf<Fake extends FakeHelpdesk>(
  fake: Fake,
  type: HelpdeskType<never>,
  settingsOf: (fake: Fake) => Record<string, unknown>,
  secrets: (fake: Fake) => readonly string[],
): Promise<FakeStand & { fake: Fake }> {
  await fake.start();
  onTestFinished(() => fake.stop());
  const make = (more: Record<string, unknown>) => adapterOf(type, { ...settingsOf(fake), ...more });
  return {
    fake,
    helpdesk: make({}),
    make,
    view: async (id) => fake.view(fake.tickets.find((ticket) => ticket.id === id)!),
    byHuman: async (id, hand) => fake.byHuman(id, hand),
    openByHuman: async (subject, priority, more) => {
      const { id, fields } = fake.openByHuman(subject, priority);
      Object.assign(fields, more);
      return id;
    },
    complaints: () => fake.complaints,
    secrets: secrets(fake),
  };
}

const webhookSecret = 'hush-hush-hush';

const openFreshworks = <Fake extends FakeFreshdesk>(fake: Fake, type: unknown) =>
  standOf(
    fake,
    type as HelpdeskType<never>,
    ({ url, apiKey }) => ({
      url,
      api_key: apiKey,
      requester: 'ops@example.com',
      group_id: 42,
      webhook_secret: webhookSecret,
    }),
    ({ apiKey }) => [apiKey, webhookSecret],
  );

export const openFreshdesk = (fake = new FakeFreshdesk()) => openFreshworks(fake, freshdesk);
export const openFreshservice = (fake = new FakeFreshservice()) => openFreshworks(fake, freshservice);

export const openHaloPsa = (fake = new FakeHaloPsa()) =>
  standOf(
    fake,
    halopsa as HelpdeskType<never>,
    ({ url, clientId, clientSecret }) => ({
      url,
      client_id: clientId,
      client_secret: clientSecret,
      client: 7,
      webhook_secret: webhookSecret,
    }),
    ({ clientSecret }) => [clientSecret, webhookSecret],
  );

export const openJira = (fake = new FakeJira()) =>
  standOf(
    fake,
    jira as HelpdeskType<never>,
    ({ url, email, apiToken }) => ({
      url,
      email,
      api_token: apiToken,
      project: 'OPS',
      service_management: true,
      webhook_secret: webhookSecret,
    }),
    ({ apiToken }) => [apiToken, webhookSecret],
  );

export const openJiraDataCenter = (fake = new FakeJiraDataCenter()) =>
  standOf(
    fake,
    jira as HelpdeskType<never>,
    ({ url, token }) => ({
      url,
      deployment: 'data-center',
      token,
      project: 'OPS',
      service_management: true,
      webhook_secret: webhookSecret,
    }),
    ({ token }) => [token, webhookSecret],
  );

export const openZendesk = (fake = new FakeZendesk()) =>
  standOf(
    fake,
    zendesk as HelpdeskType<never>,
    ({ url, email, apiToken }) => ({
      url,
      email,
      api_token: apiToken,
      group_id: 42,
      webhook_secret: webhookSecret,
    }),
    ({ apiToken }) => [apiToken, webhookSecret],
  );

export const openServiceNow = (fake = new FakeServiceNow()) =>
  standOf(
    fake,
    servicenow as HelpdeskType<never>,
    ({ url, user, password }) => ({ url, user, password, webhook_secret: webhookSecret }),
    ({ password }) => [password, webhookSecret],
  );

export const openZammad = (fake = new FakeZammad()) =>
  standOf(
    fake,
    zammad as HelpdeskType<never>,
    ({ url, token }) => ({ url, token, customer: 'ops@example.com', webhook_secret: webhookSecret }),
    ({ token }) => [token, webhookSecret],
  );

export const openGlpi = (fake = new FakeGlpi()) =>
  standOf(
    fake,
    glpi as HelpdeskType<never>,
    ({ url, userToken, appToken }) => ({
      url,
      user_token: userToken,
      app_token: appToken,
      webhook_secret: webhookSecret,
    }),
    ({ userToken, appToken }) => [userToken, appToken, webhookSecret],
  );

export const openReceiver = (fake = new FakeReceiver()) =>
  standOf(
    fake,
    webhook as HelpdeskType<never>,
    ({ url, secret }) => ({ url, secret, reads: true }),
    ({ secret }) => [secret],
  );

const kind = <Stand extends FakeStand>(given: StandKind<Stand>): StandKind<FakeStand> =>
  given as unknown as StandKind<FakeStand>;

export const FAKE_STANDS: readonly StandKind<FakeStand>[] = [
  kind({
    name: 'freshdesk',
    agents: { there: '12', reads: /ana/i, nobody: '99' },
    wrong: { api_key: 'not-the-secret' },
    open: () => openFreshdesk(),
    whose: {
      fields: { company_id: 77, requester_id: 14 },
      reads: { companies: [77], requester: 'ann@acme.example' },
    },
    subjectLimit: 255,
    misfit: { settings: { key_field: 'cf_nope', statuses: { pending: 99 } }, says: /cf_nope|status 99/ },
    refusedExtra: { group_id: 77 },
    // It does not tell into which.
    cannot: ['merge'],
  }),
  kind({
    name: 'freshservice',
    agents: { there: '12', reads: /ana/i, nobody: '99' },
    wrong: { api_key: 'not-the-secret' },
    open: () => openFreshservice(),
    whose: {
      fields: { department_id: 77, requester_id: 14 },
      reads: { companies: [77], requester: 'ann@acme.example' },
    },
    subjectLimit: 255,
    misfit: {
      settings: { key_field: 'nope', statuses: { pending: 99 }, category: 'Lunch' },
      says: /nope|status 99|category Lunch/,
    },
    refusedExtra: { group_id: 77 },
    // It does not tell into which.
    cannot: ['merge'],
  }),
  kind({
    name: 'halopsa',
    agents: { there: '12', reads: /ana/i, nobody: '99' },
    wrong: { client_secret: 'not-the-secret' },
    open: () => openHaloPsa(),
    whose: {
      fields: { client_id: 7, client_name: 'Acme Ltd', user_email: 'Ann@acme.example' },
      reads: { companies: [7, 'Acme Ltd'], requester: 'ann@acme.example' },
    },
    subjectLimit: 244,
    misfit: {
      settings: { client: 8, ticket_type: 5, statuses: { pending: 99 } },
      says: /no client 8|no ticket type 5|status 99/,
    },
    refusedExtra: { team: 'Nobody' },
    cannot: [],
  }),
  kind({
    name: 'jira',
    agents: { there: 'ana-1', reads: /ana/i, nobody: 'nobody-1' },
    wrong: { api_token: 'not-the-secret' },
    open: () => openJira(),
    whose: {
      fields: {
        customfield_10002: [{ id: '3', name: 'Acme Inc' }],
        reporter: { accountId: 'carl', emailAddress: 'Ann@acme.example' },
      },
      reads: { requester: 'ann@acme.example', companies: ['3', 'Acme Inc'] },
      settings: { company_field: 'customfield_10002' },
    },
    subjectLimit: 255,
    misfit: { settings: { issue_type: 'Outage' }, says: /no issue type Outage; it has Incident, Task/ },
    refusedExtra: { fields: { customfield_1: 'x' } },
    cannot: [],
    loseKey: ({ fake }) => ((fake as FakeJira).hasLabels = false),
  }),
  kind({
    name: 'jira data center',
    agents: { there: 'ana', reads: /ana/i, nobody: 'nobody' },
    wrong: { token: 'not-the-secret' },
    open: () => openJiraDataCenter(),
    whose: {
      fields: {
        customfield_10002: [{ id: '3', name: 'Acme Inc' }],
        reporter: { name: 'carl', emailAddress: 'Ann@acme.example' },
      },
      reads: { requester: 'ann@acme.example', companies: ['3', 'Acme Inc'] },
      settings: { company_field: 'customfield_10002' },
    },
    subjectLimit: 255,
    misfit: { settings: { issue_type: 'Outage' }, says: /no issue type Outage; it has Incident, Task/ },
    refusedExtra: { fields: { customfield_1: 'x' } },
    cannot: [],
    loseKey: ({ fake }) => ((fake as FakeJiraDataCenter).hasLabels = false),
  }),
  kind({
    name: 'zendesk',
    agents: { there: '12', reads: /ana/i, nobody: '13' },
    wrong: { api_token: 'not-the-secret' },
    open: () => openZendesk(),
    whose: {
      fields: { organization_id: 77, requester_id: 14 },
      reads: { companies: [77], requester: 'ann@acme.example' },
    },
    subjectLimit: 150,
    misfit: {
      settings: { group_id: 77, priorities: { urgent: 'apocalyptic' } },
      says: /no group 77|priority apocalyptic/,
    },
    refusedExtra: { group_id: 77 },
    cannot: [],
    loseKey: ({ fake }) => ((fake as FakeZendesk).dropsExternalId = true),
  }),
  kind({
    name: 'servicenow',
    agents: { there: '62826bf03710200044e0bfc8bcbe5df1', reads: /ana/i, nobody: 'c0ffee' },
    wrong: { password: 'not-the-secret' },
    open: () => openServiceNow(),
    whose: {
      fields: { company: 'c0ffee', 'company.name': 'Acme Inc', 'caller_id.email': 'Ann@acme.example' },
      reads: { requester: 'ann@acme.example', companies: ['c0ffee', 'Acme Inc'] },
    },
    subjectLimit: 160,
    misfit: { settings: { close_code: 'Fixed it' }, says: /no close code Fixed it/ },
    cannot: [],
    loseKey: ({ fake }) => ((fake as FakeServiceNow).dropsCorrelation = true),
  }),
  kind({
    name: 'zammad',
    agents: { there: '12', reads: /ana/i, nobody: '99' },
    wrong: { token: 'not-the-secret' },
    open: () => openZammad(),
    whose: {
      fields: { organization: 'Acme Inc', customer: 'Ann@acme.example' },
      reads: { requester: 'ann@acme.example', companies: ['Acme Inc'] },
    },
    subjectLimit: 200,
    misfit: {
      settings: { group: 'Nobody', key_field: 'nope' },
      says: /no group Nobody|no ticket attribute nope/,
    },
    refusedExtra: { priorities: { urgent: '9 apocalyptic' } },
    cannot: [],
    loseKey: ({ fake }) => ((fake as FakeZammad).hasKeyField = false),
  }),
  kind({
    name: 'glpi',
    agents: { there: '12', reads: /ana/i, nobody: '99' },
    wrong: { user_token: 'not-the-secret' },
    open: () => openGlpi(),
    whose: { fields: { entities_id: 7 }, reads: { companies: [7] } },
    subjectLimit: 255,
    misfit: { settings: { entity: 9 }, says: /no entity 9/ },
    refusedExtra: { category: 8 },
    cannot: ['merge'],
    loseKey: ({ fake }) => ((fake as FakeGlpi).version = 10),
  }),
  kind({
    name: 'webhook',
    agents: { there: 'ana', reads: /ana/i, nobody: 'nobody' },
    wrong: { secret: 'not-the-secret' },
    open: () => openReceiver(),
    whose: {
      fields: { requester: 'Ann@acme.example', company: 'Acme Inc' },
      reads: { requester: 'ann@acme.example', companies: ['Acme Inc'] },
    },
    subjectLimit: Infinity,
    cannot: [],
  }),
];
