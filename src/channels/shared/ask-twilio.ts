import type { RequestClient } from 'twilio';
import { request, type Dispatcher } from 'undici';

/** What Twilio's library asks its HTTP client for; https://www.twilio.com/docs/libraries/node/custom-http-client */
type Asked = Parameters<RequestClient['request']>[0];
type Answered = Awaited<ReturnType<RequestClient['request']>>;

/**
 * Makes one request of Twilio's library by the process's own way, as all other channels do: that asks whether this process
 * may act, ends what is under way when it may no longer, and says from which instance a request comes.
 */
export async function askTwilio(asked: Asked, timeoutMs: number): Promise<Answered> {
  const { method, uri, username, password, headers = {}, params, data } = asked;
  const url = new URL(uri);
  for (const [name, value] of pairs(params)) url.searchParams.append(name, value);
  const isForm = data !== undefined && Object.keys(data as object).length > 0;
  const {
    statusCode,
    body,
    headers: given,
  } = await request(url, {
    method: method.toUpperCase() as Dispatcher.HttpMethod,
    headers: {
      ...Object.fromEntries(
        Object.entries(headers as Record<string, string>).filter(([name]) => !OWN.has(name.toLowerCase())),
      ),
      ...(username !== undefined &&
        password !== undefined && {
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        }),
      ...(isForm && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(isForm && { body: new URLSearchParams(pairs(data)).toString() }),
    headersTimeout: asked.timeout ?? timeoutMs,
    bodyTimeout: asked.timeout ?? timeoutMs,
  });
  const text = await body.text();
  return { statusCode, body: parsed(text) as Answered['body'], headers: given } as Answered;
}

/** Set by undici itself, or anew here. */
const OWN = new Set(['connection', 'content-length', 'content-type', 'host', 'user-agent']);

/** A list is one parameter several times. */
function pairs(given: unknown): [string, string][] {
  return Object.entries((given ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
    (Array.isArray(value) ? (value as unknown[]) : [value])
      .filter((one) => one !== undefined && one !== null)
      .map((one): [string, string] => [name, String(one)]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
