import type { PerfValue } from './perfdata.ts';
import type { Reason } from './reason.ts';

/** Characters of a result's message, and of a line of its log. */
export const MESSAGE_LIMIT = 300;
/** Lines of a log that are kept. */
export const LOG_LINES = 60;

/** One line of a probe's log. `atMs` counts from the probe's start. */
export interface ProbeStep {
  atMs: number;
  text: string;
}

/** Milliseconds spent in each phase of an exchange; a phase that did not happen is absent. */
export interface Phases {
  resolve?: number;
  connect?: number;
  tls?: number;
  processing?: number;
  transfer?: number;
}

/** Measurements of a probe, whatever its verdict. */
export interface Measured {
  phases?: Phases;
  /** When the presented certificate expires, Unix milliseconds. */
  certificateExpiresAt?: number;
  /** HTTP status code. */
  httpStatus?: number;
  /** Round trip of an echo, milliseconds, and share of packets lost, 0 to 1. */
  roundTripMs?: number;
  packetLoss?: number;
  /** Nagios performance data as the plugin wrote it. */
  perfdata?: string;
  /** The values parsed from `perfdata`. */
  perf?: readonly PerfValue[];
  /** A plugin's output below its first line, at most 4 KiB. */
  output?: string;
  /** The numeric address that was probed. */
  address?: string;
  /** Facts about the last response of an HTTP exchange. */
  http?: MeasuredHttp;
  /** `TLSv1.3`, as negotiated. */
  tlsVersion?: string;
  /** The earliest expiry among all presented certificates, Unix milliseconds. */
  chainExpiresAt?: number;
  /** Number of records in a name server's response, by section. */
  records?: { answer: number; authority: number; additional: number };
  /** Serial number of the zone, where a name server reported it. */
  serial?: number;
  /** Time to live or hop limit of the echo's reply. */
  hopLimit?: number;
}

export interface MeasuredHttp {
  /** 1.1 */
  version: number;
  redirects: number;
  isTls: boolean;
  /** From the Content-Length header; -1 without one. */
  contentLength: number;
  /** Size of the body as it was read, decoded. */
  bodyBytes: number;
  /** Unix milliseconds. */
  lastModifiedAt?: number;
}

/** What a check type's probe returns. A check never throws: every failure has a name. */
export type Finding =
  | { verdict: 'good'; message: string; measured?: Measured }
  /** `level`: a warning needs attention, but does not count as downtime. */
  | { verdict: 'failed'; reason: Reason; message: string; measured?: Measured; level?: 'warning' }
  | { verdict: 'unknown'; reason: Reason; message: string; measured?: Measured };

/** One run of a check, as the runner hands it on. */
export type ProbeResult = Finding & {
  /** Wall clock at the start, Unix milliseconds. */
  startedAt: number;
  durationMs: number;
  log: ProbeStep[];
};

export const good = (message: string, measured?: Measured): Finding => ({
  verdict: 'good',
  message,
  measured,
});
export const failed = (reason: Reason, message: string, measured?: Measured): Finding => ({
  verdict: 'failed',
  reason,
  message,
  measured,
});
/** The state cannot be known, because the fault is on our side. Freezes the counters. */
export const unknown = (message: string, measured?: Measured): Finding => ({
  verdict: 'unknown',
  reason: 'internal',
  message,
  measured,
});
