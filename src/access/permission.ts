import type { StaffRole } from '../core/user.ts';
import type { TokenScope } from './access-settings.ts';

/** What it takes to call a route. */
export interface Permission {
  /** Of people. */
  needs: 'nothing' | 'signed-in' | StaffRole;
  /** Of programs; absent: none may. */
  scope?: TokenScope;
  /** There without signing in when the config says so. */
  open?: 'metrics' | 'wall';
}
