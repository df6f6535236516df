import type { Cadence } from './cadence.ts';
import { eitherOf } from './wording.ts';

export const TARGET_KINDS = ['network', 'server', 'site'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** Highest first: a higher priority is worked on first. */
export const PRIORITIES = ['urgent', 'high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Customer {
  name: string;
  plan?: string;
  contact?: string;
  /** Time zone for the times shown to the customer. */
  timeZone?: string;
  /** BCP 47 tag of the customer's language; absent: that of the installation. */
  language?: string;
  /** Phone numbers by which a caller is recognised. */
  phones?: readonly string[];
  /** Requester of the customer's tickets, as the helpdesk knows them. */
  requester?: string;
  /** Known people at the customer. */
  users?: readonly { name: string; email?: string; phone?: string }[];
  /** Mail from these domains belongs to the customer. */
  domains?: readonly string[];
  /** PIN that the hotline asks for. */
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

/** Where in the config something is defined, for people who have to change it. */
export interface SourcePlace {
  file: string;
  line: number;
}

/** How many locations it takes to call a check down. */
export type Agree = 'any' | 'majority' | 'all' | number;

/** From where a check is probed, and how many of these locations must agree. */
export interface SeenFrom {
  /** At least one, without repetition, in the order of the config. */
  locations: readonly string[];
  agree: Agree;
}

/** A check of a target, as configured. */
export interface Check {
  /** Unique within its target. */
  name: string;
  type: string;
  priority: Priority;
  cadence: Cadence;
  /** What the check probes, in words: a URL, an address and port, a command. */
  subject: string;
  /** From where it is probed; absent: from the machine of the monitor. */
  seenFrom?: SeenFrom;
  /** False when its failures do not count as downtime. */
  counts?: boolean;
  /** Changes with any change to the check; a reload keeps the timer of a check with the same one. */
  fingerprint: string;
}

/** Parents of which any one suffices; most dependencies have one. */
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
  /** Site and network, when the config names them: targets that share one may fail together. */
  site?: string;
  network?: string;
  /** The target is a part of the monitor itself. */
  ours?: boolean;
  source: SourcePlace;
  checks: Check[];
}

/** Name of the target that stands for the monitor itself. */
export const OWN_TARGET = 'this-monitor';

/** Name of the target that stands for a location. */
export const locationTargetName = (location: string): string => `location-${location}`;

/** `shop/http`: the name of a check on the command line and in logs. */
export const checkIdentity = (target: string, check: string): string => `${target}/${check}`;

/** A target for a reported problem, where the choice of a helpdesk requires one. */
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
