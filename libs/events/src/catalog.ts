import type { ObjectStates, PodShape, Problem, ResourceKey, ResourceKind } from '@mcp/mesh';

/** The collector saw an object in this state. */
type ObservedData = { [K in ResourceKind as `${K}Observed`]: ObjectStates[K] };

/** The object is gone. `detectedLate`: found missing in a complete list, not seen to go. */
type DeletedData = { [K in ResourceKind as `${K}Deleted`]: { readonly detectedLate: boolean } };

/** Every event type with what it carries. Past tense; the state of its subject, never a patch. */
export interface EventDataByType extends ObservedData, DeletedData {
  /** First event of every log: whose mesh this is. Every app refuses a log of another source. */
  SourceIdentified: SourceIdentity;
  /** What the collector looks at. Deletions are only concluded within an unchanged scope. */
  ScopeDeclared: { readonly namespaces: readonly string[] | 'all' };
  /** How well a kind is being followed. Unknown is an answer: a kind that is not `live` makes answers that need it unknown. */
  SourceStateChanged: SourceState;
  /** What pods are, by content address; recorded before the first pod that has it, and again after a time in which none had. */
  PodShapeObserved: PodShape & { readonly hash: string };
  /** The object exists and cannot be read. Takes the place of its state until it can be read again. */
  ObjectUnreadable: {
    readonly key: ResourceKey;
    readonly uid: string;
    readonly createdAt: number;
    readonly problem: Problem;
  };

  /** Someone asked for a change of one object. On the subject of the change. */
  ChangeRequested: ChangeRequest;
  /** What the object is to be from now on. On the subject of the desired object; its version is the revision. */
  DesiredStateSet: DesiredState;

  /** The reconciler is about to apply, with this plan; recorded before the API server is asked. */
  ApplyStarted: {
    readonly revision: number;
    readonly plan: 'create' | 'update';
    readonly liveResourceVersion?: string;
  };
  /** The API server would take it. */
  DryRunPassed: { readonly revision: number };
  /** The API server took it. Whether the cluster then shows it is the collector's to say. */
  ChangeApplied: {
    readonly revision: number;
    readonly uid: string;
    readonly resourceVersion: string;
    /** False where the live object already was as desired. */
    readonly modified: boolean;
  };
  /** The API server refused it. Terminal. */
  ChangeRejected: { readonly revision: number; readonly status: number; readonly message: string };
  /** Another field manager owns fields that the change writes. Terminal. */
  ChangeConflicted: {
    readonly revision: number;
    readonly conflicts: readonly { readonly manager: string; readonly field: string }[];
  };
  /** We did not try, for this reason. Terminal. */
  ChangeRefused: { readonly revision: number; readonly code: RefusalCode; readonly message: string };
  /** A newer revision of the same object took its place before it was applied. Terminal. */
  ChangeSuperseded: { readonly revision: number; readonly by: string };
  /** It did not work this time and will be tried again. Recorded when the reason changes, not for each try. */
  ApplyDeferred: { readonly revision: number; readonly code: string; readonly message: string };
}

export type EventType = keyof EventDataByType;
export type EventData<T extends EventType> = EventDataByType[T];

export type RefusalCode = 'GITOPS_OWNED' | 'LOG_BEHIND_CLUSTER' | 'NOT_A_CLUSTER' | 'OBJECT_UNREADABLE';

export interface SourceIdentity {
  readonly source: 'kubernetes' | 'simulated' | 'manifests';
  /** Uid of the namespace kube-system, the seed of the simulated mesh, or the path of the manifests. */
  readonly id: string;
}

export type SourcePhase =
  /** The first list is under way. */
  | 'syncing'
  /** Up to date. */
  | 'live'
  /** Contact is lost; what is known may be old. */
  | 'stale'
  /** The cluster does not have this kind. */
  | 'absent'
  /** We may not list it. */
  | 'forbidden';

export interface SourceState {
  readonly kind: ResourceKind;
  readonly phase: SourcePhase;
  readonly reason: string;
}

/** The kinds that can be changed through us. */
export const managedKinds = ['AuthorizationPolicy'] as const satisfies readonly ResourceKind[];
export type ManagedKind = (typeof managedKinds)[number];

export interface DesiredState {
  readonly changeId: string;
  readonly key: ResourceKey & { readonly kind: ManagedKind };
  readonly spec: ObjectStates[ManagedKind]['spec'];
}

export interface ChangeRequest extends DesiredState {
  readonly revision: number;
  /** Id of the change whose revision this one replaces, if any. */
  readonly replaces?: string;
}
