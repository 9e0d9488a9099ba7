import type { RefusalCode } from '@mcp/events';
import type { DesiredKey, FieldConflict } from './desired-states.js';
import type { DesiredSpec } from './drift.js';
import type { LiveState } from './plan.js';

/** What would happen if the object were to be so? Asked on the request board; question and reply are plain JSON. */
export interface DryRunQuestion {
  readonly key: DesiredKey;
  /** Absent: there is to be no such object. */
  readonly spec?: DesiredSpec;
}

/** What the plan is, and for a plan that writes, what the API server says to it. Nothing was changed. */
export type DryRunReply =
  /** The object is so already. `live` is absent where there is none. */
  | { readonly plan: 'nothing'; readonly live?: LiveState }
  | { readonly plan: 'create'; readonly answer: DryRunAnswer }
  | { readonly plan: 'update' | 'delete'; readonly live: LiveState; readonly answer: DryRunAnswer }
  /** We would not try. `manifest` is the YAML to commit instead, where there is a place for it. */
  | {
      readonly plan: 'refuse';
      readonly code: RefusalCode;
      readonly message: string;
      readonly manifest?: string;
    }
  /** The API server could not be asked. */
  | { readonly plan: 'unknown'; readonly message: string };

export type DryRunAnswer =
  | { readonly answer: 'accepted' }
  /** `status` is the HTTP status. */
  | { readonly answer: 'rejected'; readonly status: number; readonly message: string }
  | { readonly answer: 'conflict'; readonly conflicts: readonly FieldConflict[] };
