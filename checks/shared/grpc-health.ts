import type { Fault, ProbeContext, Wire } from '../../src/core/check-type.ts';
import { fault } from '../../src/core/check-type.ts';
import { neutraliseLine } from '../../src/core/neutralise.ts';

/** https://github.com/grpc/grpc/blob/master/doc/health-checking.md */
export const SERVING_STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
export type ServingStatus = (typeof SERVING_STATUSES)[number];

/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];
const UNKNOWN = 2;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const UNAVAILABLE = 14;

export interface HealthQuestion {
  /** The server's name, with its port. */
  authority: string;
  isTls: boolean;
  /** Empty: the server as a whole. */
  service: string;
  metadata?: Readonly<Record<string, string>>;
}

/** The result of a health check: a failed call has a code above 0 and no status. */
export type HealthAnswer = { is: 'health'; code: 0; status: ServingStatus } | FailedCall;

interface FailedCall {
  is: 'failed-call';
  code: number;
  message: string;
}

const failedCall = (code: number, message: string): FailedCall => ({ is: 'failed-call', code, message });

/** Longer than any secret that was sent, so that secrets are redacted before the text is cut. */
const MOST_SAID = 16_000;

const LIMITS = { headBytes: 64 * 1_024, bodyBytes: 64 * 1_024 };

/** Calls `grpc.health.v1.Health/Check` once over a new connection. */
export async function askHealth(
  wire: Wire,
  question: HealthQuestion,
  context: ProbeContext,
): Promise<HealthAnswer | Fault> {
  const { authority, isTls, service, metadata = {} } = question;
  const remainingMs = Math.max(1, Math.floor(context.remainingMs()));
  const exchange = await context.exchangeHttp2(
    wire,
    {
      method: 'POST',
      url: new URL(`${isTls ? 'https' : 'http'}://${authority}/grpc.health.v1.Health/Check`),
      headers: [
        ['content-type', 'application/grpc'],
        ['te', 'trailers'],
        ['grpc-timeout', `${Math.min(remainingMs, 99_999_999)}m`],
        ['user-agent', 'watchdesk'],
        ...Object.entries(metadata),
      ],
      body: healthRequest(service),
    },
    LIMITS,
  );
  if (exchange.is === 'fault') return exchange;
  const { status, headers, trailers, body } = exchange.answer;
  // A call that fails without a message has its status in the headers: "Trailers-Only".
  const code = trailers?.get('grpc-status') ?? headers.get('grpc-status');
  if (code === undefined) {
    if (status !== 200)
      return failedCall(codeOfHttp(status), `HTTP status ${status} instead of a gRPC answer`);
    return fault('protocol', 'the answer is not gRPC: it has no grpc-status');
  }
  if (code !== '0') {
    const said = trailers?.get('grpc-message') ?? headers.get('grpc-message') ?? '';
    const number = /^\d{1,3}$/.test(code) ? Number(code) : UNKNOWN;
    return failedCall(number, neutraliseLine(percentDecoded(said), MOST_SAID));
  }
  const serving = healthResponse(body);
  return serving === undefined
    ? fault('protocol', 'the answer is not one of the health protocol')
    : { is: 'health', code: 0, status: serving };
}

/** Each value, and also the part after its scheme, such as `Bearer`. */
export const metadataSecrets = (metadata: Readonly<Record<string, string | readonly string[]>>): string[] =>
  Object.values(metadata)
    .flat()
    .flatMap((value) => [value, value.replace(/^\S+\s+/, '')])
    .filter((value) => value !== '');

/** A failed call in a sentence. */
export function failedCallText({ code, message }: FailedCall, service: string): string {
  const name = CODES[code] ?? 'unknown code';
  const hint =
    code === UNIMPLEMENTED
      ? ' (the server has no health service)'
      : name === 'NOT_FOUND'
        ? ` (the server does not know the service ${JSON.stringify(neutraliseLine(service, 80))})`
        : '';
  return `gRPC code ${code} ${name}${message === '' ? '' : `: ${message}`}${hint}`;
}

/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
function codeOfHttp(status: number): number {
  switch (status) {
    case 400:
      return INTERNAL;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return UNIMPLEMENTED;
    case 429:
    case 502:
    case 503:
    case 504:
      return UNAVAILABLE;
    default:
      return UNKNOWN;
  }
}

/** Encodes `HealthCheckRequest { string service = 1; }` in a length-prefixed frame. */
function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Decodes `HealthCheckResponse { ServingStatus status = 1; }`; unknown fields are skipped. */
function healthResponse(frame: Buffer): ServingStatus | undefined {
  // Compression was not offered, so a compressed frame is an error.
  if (frame.length < 5 || frame[0] !== 0) return undefined;
  const message = frame.subarray(5);
  if (message.length !== frame.readUInt32BE(1)) return undefined;
  let status = 0;
  let at = 0;
  const number = (): number | undefined => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) return undefined;
      if (shift < 28) value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const tag = number();
    if (tag === undefined) return undefined;
    const kind = tag & 7;
    if (kind === 0) {
      const value = number();
      if (value === undefined) return undefined;
      if (tag >> 3 === 1) status = value;
    } else if (kind === 2) {
      const length = number();
      if (length === undefined) return undefined;
      at += length;
    } else if (kind === 1 || kind === 5) at += kind === 1 ? 8 : 4;
    else return undefined;
  }
  return at === message.length ? (SERVING_STATUSES[status] ?? 'UNKNOWN') : undefined;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return Buffer.from([...bytes, left]);
}

/** `grpc-message` is percent-encoded UTF-8; anything else is shown as received. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
