import type { Inspection } from '../outside/inspection.ts';
import { callTimeout } from '../channels/shared/call-timeout.ts';
import { twilioClient, twilioQuestion } from '../channels/shared/twilio-api.ts';
import { say } from '../text/say.ts';
import type { HotlineSettings } from './hotline-settings.ts';

/** Whether calls to at least one number of the account are routed here. */
export async function inspectHotline(
  { accountSid, authToken, apiUrl }: HotlineSettings,
  publicUrl: string,
): Promise<Inspection> {
  const name = 'hotline';
  const hook = `${publicUrl}/hooks/hotline/start`;
  if (!publicUrl.startsWith('https://')) {
    const why = say('hotline.no-https');
    return { name, outcome: { is: 'done', value: [why] } };
  }
  try {
    const timeout = callTimeout.parse(undefined);
    const client = await twilioClient({
      account_sid: accountSid,
      auth_token: authToken,
      timeout,
      ...(apiUrl !== undefined && { api_url: apiUrl }),
    });
    const numbers = await client.incomingPhoneNumbers.list({ limit: 200 });
    if (numbers.some(({ voiceUrl }) => voiceUrl === hook))
      return { name, outcome: { is: 'done', value: [] } };
    const why = say('hotline.number-elsewhere', { url: hook });
    return { name, outcome: { is: 'done', value: [why] } };
  } catch (error) {
    const outcome = twilioQuestion(error);
    return { name, outcome: outcome.is === 'permanent' ? { is: 'done', value: [outcome.why] } : outcome };
  }
}
