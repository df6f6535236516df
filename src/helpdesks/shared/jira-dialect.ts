import { mapDone, type Outcome } from '../../core/effect.ts';
import { adfCode, adfText, adfToText } from './adf.ts';
import type { HelpdeskApi } from './call-api.ts';
import type { CallUse } from './call-budget.ts';
import { wikiCode, wikiText, wikiToText } from './wiki.ts';

export interface JiraUser {
  /** Cloud. */
  accountId?: string;
  /** Data Center: the name that the user signs in with. */
  name?: string;
  displayName?: string;
  /** Hidden from apps where the user wants that. */
  emailAddress?: string;
  /** Cloud. `atlassian`: people of the team; `customer`: customers of the portal; `app`: not people. */
  accountType?: string;
}

export interface JiraIssue {
  id: string;
  key: string;
  fields: {
    summary?: string;
    status?: { name: string; statusCategory?: { key: string } };
    priority?: { name: string } | null;
    labels?: string[];
    assignee?: JiraUser | null;
    reporter?: JiraUser | null;
    created?: string;
    updated?: string;
  } & Record<string, unknown>;
}

export interface JiraComment {
  author?: JiraUser;
  body?: unknown;
  created: string;
  /** Cloud. */
  jsdPublic?: boolean;
  /** Data Center, when asked for. */
  properties?: { key: string; value?: { internal?: boolean } }[];
}

export interface JiraChange {
  author?: JiraUser;
  created: string;
  items: { field: string }[];
}

export interface JiraField {
  fieldId: string;
  name: string;
  required: boolean;
  hasDefaultValue?: boolean;
  allowedValues?: { name: string }[];
}

/** What differs between Jira Cloud and Jira Data Center. */
export interface JiraDialect {
  /** Its display name. */
  service: string;
  /** Path below the URL of the site. */
  base: string;
  /** How the API identifies a user, as in `people`. */
  idOf(user: JiraUser): string | undefined;
  refTo(id: string): Readonly<Record<string, string>>;
  /** True for people of the team; false for the portal's customers and for apps. */
  isTeam(user: JiraUser): boolean;
  code(text: string, limit: number): unknown;
  text(text: string, limit: number): unknown;
  /** The text of a body, whatever its format. */
  plain(body: unknown): string;
  /** What a query for comments must ask for, to learn who may read them. */
  commentQuery: string;
  isPublic(comment: JiraComment): boolean;
  /** One page of issues, and where the next one starts; undefined after the last. */
  search(
    api: HelpdeskApi,
    wish: { jql: string; fields: readonly string[]; size: number; from?: string; use: CallUse },
  ): Promise<Outcome<{ issues: JiraIssue[]; next?: string }>>;
  changes(api: HelpdeskApi, remoteId: string): Promise<Outcome<JiraChange[]>>;
  issueTypesIn(answer: unknown): { id: string; name: string }[];
  fieldsIn(answer: unknown): JiraField[];
}

const INTERNAL = 'sd.public.comment';
const CHANGES = 100;

/** REST 3: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ */
export const JIRA_CLOUD: JiraDialect = {
  service: 'Jira',
  base: '/rest/api/3',
  idOf: ({ accountId }) => accountId,
  refTo: (accountId) => ({ accountId }),
  isTeam: ({ accountType = 'atlassian' }) => accountType === 'atlassian',
  code: adfCode,
  text: adfText,
  plain: adfToText,
  commentQuery: '',
  isPublic: ({ jsdPublic }) => jsdPublic !== false,
  async search(api, { jql, fields, size, from, use }) {
    const found = await api.call<{ issues: JiraIssue[]; nextPageToken?: string | null; isLast?: boolean }>({
      method: 'POST',
      path: '/search/jql',
      body: { jql, fields, maxResults: size, ...(from && { nextPageToken: from }) },
      use,
      isRepeatable: true,
    });
    return mapDone(found, ({ issues, nextPageToken, isLast }) => ({
      issues,
      next: isLast ? undefined : (nextPageToken ?? undefined),
    }));
  },
  async changes(api, remoteId) {
    const found = await api.get<{ values: JiraChange[] }>(
      `/issue/${remoteId}/changelog?maxResults=${CHANGES}`,
    );
    return mapDone(found, ({ values }) => values);
  },
  issueTypesIn: (answer) => (answer as { issueTypes: { id: string; name: string }[] }).issueTypes,
  fieldsIn: (answer) => (answer as { fields: JiraField[] }).fields,
};

/** REST 2, from Jira 8.14 on: https://developer.atlassian.com/server/jira/platform/rest/ */
export const JIRA_DATA_CENTER: JiraDialect = {
  service: 'Jira',
  base: '/rest/api/2',
  idOf: ({ name }) => name,
  refTo: (name) => ({ name }),
  // Data Center does not say who is in the team; the reporter of the issue is not.
  isTeam: () => true,
  code: wikiCode,
  text: wikiText,
  plain: (body) => (typeof body === 'string' ? wikiToText(body) : ''),
  commentQuery: '&expand=properties',
  isPublic: ({ properties = [] }) =>
    !properties.some(({ key, value }) => key === INTERNAL && value?.internal === true),
  async search(api, { jql, fields, size, from = '0', use }) {
    const startAt = Number(from);
    const found = await api.call<{ issues: JiraIssue[]; total: number }>({
      method: 'POST',
      path: '/search',
      body: { jql, fields, startAt, maxResults: size },
      use,
      isRepeatable: true,
    });
    return mapDone(found, ({ issues, total }) => {
      // An administrator may have made the pages smaller than requested.
      const seen = startAt + issues.length;
      return { issues, next: issues.length > 0 && seen < total ? String(seen) : undefined };
    });
  },
  // Data Center returns changes only with the issue, and all of them.
  async changes(api, remoteId) {
    const found = await api.get<{ changelog?: { histories: JiraChange[] } }>(
      `/issue/${remoteId}?fields=created&expand=changelog`,
    );
    return mapDone(found, ({ changelog }) => changelog?.histories ?? []);
  },
  issueTypesIn: (answer) => (answer as { values: { id: string; name: string }[] }).values,
  fieldsIn: (answer) => (answer as { values: JiraField[] }).values,
};
