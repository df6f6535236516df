import { fault, type Fault } from './fault.ts';
import { failed, unknown, type Finding, type Measured } from './probe-result.ts';
import { reasonText, type Reason } from './reason.ts';
import { say } from '../text/say.ts';

// Error codes of connect(2), getaddrinfo(3), c-ares and OpenSSL as Node reports them.
const REASON_OF_CODE: Record<string, Reason> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  ETIMEDOUT: 'timeout',
  ETIMEOUT: 'timeout',
  ENOTFOUND: 'dns-nxdomain',
  ENODATA: 'answer',
  EAI_AGAIN: 'dns-error',
  EAI_FAIL: 'dns-error',
  ESERVFAIL: 'dns-error',
  EREFUSED: 'dns-error',
  EFORMERR: 'dns-error',
  EBADRESP: 'dns-error',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-invalid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-invalid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-invalid',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-invalid',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-invalid',
  UNABLE_TO_GET_ISSUER_CERT: 'tls-invalid',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-invalid',
  CERT_REVOKED: 'tls-invalid',
  CERT_UNTRUSTED: 'tls-invalid',
  CERT_REJECTED: 'tls-invalid',
  INVALID_PURPOSE: 'tls-invalid',
  HOSTNAME_MISMATCH: 'tls-invalid',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls-handshake',
  EPROTO: 'tls-handshake',
};

/** Faults of this machine, not the target: a resource is exhausted or a permission is missing. */
const OUR_OWN = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EAFNOSUPPORT',
  'EINVAL',
]);

/** The named reason behind an error code; `otherwise` for a code that is not in the table. */
export function reasonOfCode(code: string | undefined, otherwise: Reason = 'protocol'): Reason {
  if (code === undefined) return otherwise;
  if (OUR_OWN.has(code)) return 'internal';
  const known = REASON_OF_CODE[code];
  if (known) return known;
  return code.startsWith('ERR_SSL') ? 'tls-handshake' : otherwise;
}

/** A fault in words a person can act on: the reason, what was being reached, and the error code to search for. */
export function faultOfCode(code: string | undefined, where: string, otherwise: Reason = 'protocol'): Fault {
  const reason = reasonOfCode(code, otherwise);
  const why = reason === 'internal' ? say('probe.own-fault') : reasonText(reason);
  return fault(
    reason,
    code
      ? say('probe.fault-with-code', { reason: why, where, code })
      : say('probe.fault', { reason: why, where }),
  );
}

/** A fault on our own side proves nothing about the target. */
export function findingOfFault({ reason, message, address }: Fault, given?: Measured): Finding {
  const measured = address === undefined ? given : { address, ...given };
  return reason === 'internal' ? unknown(message, measured) : failed(reason, message, measured);
}
