import type { AccessSettings, StaffUser } from '../access/access-settings.ts';
import type { Person } from '../core/person.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';
import type { YamlFile } from './yaml-file.ts';

/** Builds the users who may sign in, and the tokens of programs. */
export function buildAccess(
  main: YamlFile,
  { access }: WatchdeskFile,
  people: ReadonlyMap<string, Person>,
  problems: ConfigProblem[],
): AccessSettings {
  const complain = (path: PropertyKey[], problem: string) =>
    void problems.push(main.problem(['access', ...path], problem));
  const mails = new Map<string, string>();
  const users = Object.entries(access.users).map(([id, given]): StaffUser => {
    const person = people.get(id);
    const email = (given.email ?? person?.addresses['email'])?.toLowerCase();
    if (given.password === undefined && !access.openid) {
      complain(
        ['users', id],
        'has no `password`, and there is no `openid`, so this user cannot sign in; create a password with `watchdesk password`',
      );
    }
    if (given.password === undefined && email === undefined) {
      complain(['users', id], 'has no `password`, and no `email` for OpenID Connect to identify the user by');
    }
    if (email !== undefined) {
      const other = mails.get(email);
      if (other !== undefined)
        complain(
          ['users', id, 'email'],
          `${other} has the same email address; expected a different one for each user`,
        );
      mails.set(email, id);
    }
    return {
      id,
      name: given.name ?? person?.name ?? id,
      email: email ?? '',
      role: given.role,
      ...(given.password !== undefined && { password: given.password }),
      ...(given.totp !== undefined && { totp: given.totp }),
    };
  });
  if (users.length > 0 && !users.some(({ role }) => role === 'admin')) {
    complain(['users'], 'no user has the role `admin`; expected at least one');
  }
  const tokens = Object.entries(access.tokens);
  tokens.forEach(([name, { token }], index) => {
    const first = tokens.findIndex(([, one]) => one.token === token);
    if (first !== index)
      complain(
        ['tokens', name, 'token'],
        `is the same as the token of ${tokens[first]![0]}; expected a different one for each`,
      );
  });
  const { openid } = access;
  if (openid && !openid.insecure && !openid.issuer.startsWith('https://')) {
    complain(
      ['openid', 'issuer'],
      'is not https://; expected TLS, or `insecure: true` for testing on your own machine',
    );
  }
  return {
    users,
    tokens: Object.entries(access.tokens).map(([name, { token, scopes }]) => ({ name, token, scopes })),
    ...(openid && {
      openid: {
        issuer: openid.issuer,
        clientId: openid.client_id,
        clientSecret: openid.client_secret,
        scope: openid.scope,
        title: openid.title,
        isInsecure: openid.insecure,
      },
    }),
    sessionMs: access.session,
    open: access.open,
  };
}
