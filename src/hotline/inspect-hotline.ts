import type { Inspection } from '../outside/inspection.ts';
import { callTimeout } from '../paging/shared/call-timeout.ts';
import { twilioClient, twilioQuestion } from '../paging/shared/twilio-api.ts';
import type { HotlineSettings } from './hotline-settings.ts';

/** Whether calls to some number of the account come here. */
export async function inspectHotline(
  { accountSid, authToken, apiUrl }: HotlineSettings,
  publicUrl: string,
): Promise<Inspection> {
  const name = 'hotline';
  const hook = `${publicUrl}/hooks/hotline/start`;
  if (!publicUrl.startsWith('https://')) {
    const why = 'Twilio cannot reach Watchdesk: server.public_url must be a public https address';
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
    const why = `No number in the account points to Watchdesk: in the Twilio console, set "A call comes in" for your number to ${hook}`;
    return { name, outcome: { is: 'done', value: [why] } };
  } catch (error) {
    const outcome = twilioQuestion(error);
    return { name, outcome: outcome.is === 'permanent' ? { is: 'done', value: [outcome.why] } : outcome };
  }
}
