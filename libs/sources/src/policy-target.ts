import type { DesiredPresence, DesiredState } from '@mcp/events';
import type { FieldOwner } from '@mcp/mesh';

/** Where the reconciler applies policy: the API server of the cluster. Manifests answer `NOT_A_CLUSTER` to every apply. */
export interface PolicyTarget {
  /** The object as the API server has it now, undefined where there is none. Fails with `TargetUnavailable`. */
  live(key: DesiredState['key'], signal: AbortSignal): Promise<LiveObject | undefined>;

  /**
   * Server-side apply under our own field manager, forced only where that is said. With `live` the API server refuses when the object has
   * changed since, or was deleted or created anew; without it, the object must not exist yet.
   */
  apply(apply: PolicyApply, signal: AbortSignal): Promise<ApplyAnswer>;

  /** Deletes the object as it was planned for: the API server refuses when it has changed since, or is another one of its name. */
  delete(deletion: PolicyDeletion, signal: AbortSignal): Promise<DeleteAnswer>;
}

export interface LiveObject {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Undefined where the live object cannot be read. */
  readonly spec: DesiredPresence['spec'] | undefined;
  /** What it says besides, which our vocabulary lacks; absent where that is nothing. */
  readonly unmodelled?: readonly string[];
  readonly fieldOwners: readonly FieldOwner[];
  readonly change?: { readonly id: string; readonly revision: number };
  readonly gitOps?: string;
}

export interface PolicyApply {
  readonly desired: DesiredPresence;
  readonly revision: number;
  /** The object that was planned for. */
  readonly live?: Pick<LiveObject, 'uid' | 'resourceVersion'>;
  readonly dryRun: boolean;
  /** Takes fields from other managers. Absent: their ownership is a conflict. */
  readonly force?: boolean;
  /** W3C trace context, for whoever observes the object; absent: the object carries none. */
  readonly traceparent?: string;
}

export interface PolicyDeletion {
  readonly key: DesiredState['key'];
  /** The object that was planned for. */
  readonly live: Pick<LiveObject, 'uid' | 'resourceVersion'>;
  readonly dryRun: boolean;
}

/** What the API server said. A fault that says nothing about the object is thrown as `TargetUnavailable`. */
export type ApplyAnswer =
  | {
      readonly answer: 'applied';
      readonly uid: string;
      readonly resourceVersion: string;
      /** False where the live object already was as desired; says nothing of a dry run. */
      readonly modified: boolean;
    }
  /** Refused for good: not valid, denied by admission, forbidden, namespace missing. `status` is the HTTP status. */
  | { readonly answer: 'rejected'; readonly status: number; readonly message: string }
  | {
      readonly answer: 'conflict';
      readonly conflicts: readonly { readonly manager: string; readonly field: string }[];
    }
  /** It would be taken, and the object would not be as desired: others own fields beside ours, or admission changes ours. Of a dry run only. */
  | { readonly answer: 'differs'; readonly fields: readonly string[] }
  /** The object is no longer at the planned resource version: read it and plan again. */
  | { readonly answer: 'stale' }
  /** The source is not a cluster; `manifest` is the YAML to commit instead, absent for a deletion. */
  | { readonly answer: 'not-a-cluster'; readonly manifest?: string };

/** `applied` names the object that is gone, or, where it has finalizers, will be; `stale` is also that of one that was gone. */
export type DeleteAnswer = Extract<
  ApplyAnswer,
  { readonly answer: 'applied' | 'rejected' | 'stale' | 'not-a-cluster' }
>;

/** The API server could not be asked, or gave no answer that tells: the apply may or may not have happened. */
export class TargetUnavailable extends Error {
  readonly code = 'TARGET_UNAVAILABLE';
  constructor(
    attempted: string,
    readonly retryAfterMs: number | undefined,
    cause: unknown,
  ) {
    const why = cause instanceof Error ? cause.message : 'no answer';
    super(`${attempted}: ${why} (TARGET_UNAVAILABLE)`, { cause });
  }
}
