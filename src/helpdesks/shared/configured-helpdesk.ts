import type { Configured } from '../../core/configured.ts';
import type { HelpdeskRules } from '../../core/ticket-route.ts';
import type { HelpdeskType } from '../helpdesk.ts';

/** A helpdesk, and which tickets it gets. */
export interface ConfiguredHelpdesk extends Configured<HelpdeskType>, HelpdeskRules {}
