import type { StaffRole } from '../core/user.ts';
import type { TokenScope } from './access-settings.ts';

/** What a caller needs to use a route. */
export interface Permission {
  /** For users. */
  needs: 'nothing' | 'signed-in' | StaffRole;
  /** For tokens; absent: no token may call it. */
  scope?: TokenScope;
  /** Open without signing in if the config says so. */
  open?: 'metrics' | 'wall';
}
