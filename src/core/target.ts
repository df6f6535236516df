import type { Cadence } from './cadence.ts';
import { eitherOf } from './wording.ts';

export const TARGET_KINDS = ['network', 'server', 'site'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** Highest first: higher priority is worked first. */
export const PRIORITIES = ['urgent', 'high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Customer {
  name: string;
  plan?: string;
  contact?: string;
  /** In which times they read. */
  timeZone?: string;
  /** BCP 47 tag of the language in which they are written to; absent: that of the installation. */
  language?: string;
  /** Numbers by which they are recognised when they call. */
  phones?: readonly string[];
  /** In whose name the helpdesk opens its tickets, as the helpdesk knows them. */
  requester?: string;
  /** People of theirs whom we know. */
  users?: readonly { name: string; email?: string; phone?: string }[];
  /** Mail from these domains is theirs. */
  domains?: readonly string[];
  /** Asked for on the hotline. */
  pin?: string;
  /** Name or id of the customer's company in the helpdesk. */
  company?: string | number;
}

export interface Vendor {
  name: string;
  phone?: string;
  email?: string;
  url?: string;
}

/** Where in the config a thing is written, for people who have to change it. */
export interface SourcePlace {
  file: string;
  line: number;
}

/** One way of asking a target for its status, as configured. */
export interface Check {
  /** Unique within its target. */
  name: string;
  type: string;
  priority: Priority;
  cadence: Cadence;
  /** What is asked, in a person's words: a URL, an address and port, a command. */
  subject: string;
  /** False when its failures do not count as downtime. */
  counts?: boolean;
  /** Changes when anything about the check changes; a reload keeps the timer of what has the same one. */
  fingerprint: string;
}

/** Parents of which any one suffices; most have one. */
export interface Dependency {
  anyOf: string[];
}

/** `edge-router`, `isp-a or isp-b` */
export const dependencyText = ({ anyOf }: Dependency): string => eitherOf(anyOf);

/** A piece of equipment or a site that can be at risk. */
export interface Target {
  name: string;
  kind: TargetKind;
  customer?: Customer;
  address?: string;
  url?: string;
  /** All of these are needed; of each, any one parent suffices. */
  dependsOn: Dependency[];
  priority: Priority;
  vendor?: Vendor;
  /** What its customer calls it. */
  title?: string;
  runbook?: string;
  tags: string[];
  /** Where it stands, and in which network, when the config says so: what may fail together. */
  site?: string;
  network?: string;
  /** A part of the monitor itself. */
  ours?: boolean;
  source: SourcePlace;
  checks: Check[];
}

/** How the monitor calls itself where it is at risk itself. */
export const OWN_TARGET = 'this-monitor';

/** `shop/http`: how a check is called on the command line and in logs. */
export const checkIdentity = (target: string, check: string): string => `${target}/${check}`;

/** For what is reported rather than watched, where the choice of a helpdesk wants a target. */
export const bareTarget = (name: string, customer?: Customer): Target => ({
  name,
  kind: 'site',
  ...(customer && { customer }),
  dependsOn: [],
  priority: 'urgent',
  tags: [],
  source: { file: '', line: 0 },
  checks: [],
});
