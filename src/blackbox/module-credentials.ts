import { secretsOfModule, type BlackboxModule } from './module-schema.ts';

/*
 * What a module sends may be meant for its own targets only; then it goes only to hosts that the config names, and to
 * no host behind a redirect. In case of doubt a value counts as a credential, as nobody can tell from outside.
 */

/** Headers that say what kind of response is wanted, and nothing about who asks. */
const HARMLESS_HEADER =
  /^(accept(-charset|-encoding|-language)?|cache-control|connection|content-type|dnt|host|if-(none-match|modified-since)|origin|pragma|range|referer|sec-(fetch|websocket|ch-ua)[a-z-]*|soapaction|te|upgrade(-insecure-requests)?|user-agent|x-forwarded-proto|x-requested-with)$/i;

/** Words that occur next to a secret. */
const NEAR_SECRET =
  /pass|pwd|\bpw\b|\bpin\b|\bauth(?!or)|oauth|token|secret|api.?key|access.?key|\bkey\b|credential|bearer|session|sasl|login|cookie|identify|\boper\b|\bcode\b/i;

/** A run of characters as in no language: a key, a hash, a signed token. */
const LONG_RUN = /[A-Za-z0-9+/_=-]{24,}/;

/** Greetings, capability requests and STARTTLS in the protocols that people probe. */
const HARMLESS_SEND =
  /^(SSH-[\w.-]+|(EHLO|HELO|LHLO)\b.{0,80}|(\S{1,8} )?(STARTTLS|STLS|CAPABILITY|CAPA|NOOP|QUIT|LOGOUT|PING|HELP|VERSION|STAT|INFO)|AUTH TLS|(NICK|USER|PONG|PING)\b.{0,80}|(GET|HEAD|OPTIONS) \S{1,200} HTTP\/1\.[01])?\s*$/i;

export const isHarmlessHeader = (name: string, value: string): boolean =>
  HARMLESS_HEADER.test(name) && !holdsCredentials(value);

/** For a body, or the value of a header. */
export const holdsCredentials = (text: string): boolean => NEAR_SECRET.test(text) || LONG_RUN.test(text);

/** True if a body may be sent to a host other than the one that it was meant for. */
export const isHarmlessBody = (body: string): boolean =>
  body === '' || (body.length <= 500 && !holdsCredentials(body));

/** True if a module may be used only for hosts in the config. */
export function carriesCredentials(module: BlackboxModule): boolean {
  if (module.prober === 'tcp') {
    const { query_response, tls_config } = module.tcp;
    return isCertified(tls_config) || query_response.some(({ send = '' }) => !HARMLESS_SEND.test(send));
  }
  if (module.prober === 'smtp') return isCertified(module.smtp.tls_config) || module.smtp.user !== undefined;
  if (module.prober === 'grpc')
    return isCertified(module.grpc.tls_config) || Object.keys(module.grpc.metadata).length > 0;
  if (module.prober === 'dns') return isCertified(module.dns.tls_config);
  if (module.prober !== 'http') return false;
  const { basic_auth, authorization, bearer_token, bearer_token_file, body, body_file } = module.http;
  return (
    [basic_auth, authorization, bearer_token, bearer_token_file, body_file].some(
      (one) => one !== undefined,
    ) ||
    !isHarmlessBody(body) ||
    Object.entries(module.http.headers).some(([name, value]) => !isHarmlessHeader(name, value)) ||
    isCertified(module.http.tls_config) ||
    secretsOfModule(module).length > 0
  );
}

/** A client certificate is a credential, too. */
const isCertified = (tls: object | undefined): boolean =>
  Object.entries(tls ?? {}).some(
    ([key, value]) => /^(cert|key)(_file)?$/.test(key) && value !== undefined && value !== '',
  );
