import type { Calendar } from '../core/hours.ts';

/** When customers of a plan can be put through about matters that are not urgent. */
export type PhoneHours = Calendar | 'always' | 'never';

export interface HotlineSettings {
  accountSid: string;
  authToken: string;
  apiUrl?: string;
  greeting: string;
  language: string;
  hours?: Calendar;
  plans: ReadonlyMap<string, PhoneHours>;
  forwardTo?: string;
  longestMessageS: number;
}
