import type { Calendar } from '../core/hours.ts';
import type { HotlineSettings, PhoneHours } from '../hotline/hotline-settings.ts';
import type { Complain } from './build-people.ts';
import { nearest } from './explain-issues.ts';
import type { WatchdeskFile } from './watchdesk-schema.ts';

/** Builds the hotline's settings; the calendars named in them must exist. */
export function buildHotline(
  { hotline }: WatchdeskFile,
  calendars: ReadonlyMap<string, Calendar>,
  complain: Complain,
): HotlineSettings | undefined {
  if (!hotline) return undefined;
  const { account_sid: accountSid, auth_token: authToken } = hotline;
  const calendarAt = (path: PropertyKey[], name: string): Calendar | undefined => {
    const found = calendars.get(name);
    if (found) return found;
    const near = nearest(name, [...calendars.keys()]);
    complain(
      path,
      `there is no calendar "${name}" under \`calendars\`${near ? `; did you mean "${near}"?` : ''}`,
    );
    return undefined;
  };
  const plans = new Map<string, PhoneHours>();
  for (const [plan, name] of Object.entries(hotline.plans)) {
    const hours = name === 'always' || name === 'never' ? name : calendarAt(['hotline', 'plans', plan], name);
    if (hours) plans.set(plan, hours);
  }
  if (accountSid === undefined || authToken === undefined) {
    const missing = accountSid === undefined ? 'account_sid' : 'auth_token';
    if (accountSid !== authToken) complain(['hotline'], `\`${missing}\` is missing`);
    return undefined;
  }
  return {
    accountSid,
    authToken,
    apiUrl: hotline.api_url,
    greeting: hotline.greeting,
    language: hotline.language,
    hours: hotline.hours === undefined ? undefined : calendarAt(['hotline', 'hours'], hotline.hours),
    plans,
    forwardTo: hotline.forward_to,
    longestMessageS: hotline.longest_message,
  };
}
