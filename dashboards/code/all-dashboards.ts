import { customers } from './customers.ts';
import type { Dashboard } from './dashboard.ts';
import { funnel } from './funnel.ts';
import { monitor } from './monitor.ts';
import { operationsRoom } from './operations-room.ts';
import { target } from './target.ts';

export const DASHBOARDS: readonly Dashboard[] = [operationsRoom, target, funnel, monitor, customers];
