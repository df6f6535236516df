import type { Calendar } from '../core/hours.ts';

/** When people of a plan are spoken to about what can wait. */
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
