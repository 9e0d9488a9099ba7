import type { SourceIdentity, SourcePhase } from '@mcp/events';
import type { ObjectStates, PodShape, Problem, ResourceKey, ResourceKind } from '@mcp/mesh';

/**
 * Where the collector's facts come from: a Kubernetes API server, or manifests. Objects arrive parsed into our vocabulary.
 */
export interface ClusterSource {
  /** Whose mesh this is. Fails when the source cannot be reached; the caller tries again. */
  identity(): Promise<SourceIdentity>;

  /** The namespaces this source looks at. Constant over the life of the source. */
  readonly scope: readonly string[] | 'all';

  /**
   * Tells the observer what there is and each thing that happens, until the signal aborts.
   *
   * Per kind: first `syncing`, then one `listed` with everything, then `live`; after that single observations in the
   * order of the source. After a lost contact that could hide something, another `listed`.
   * Order across kinds is not defined. A kind that cannot be followed does not stop the others.
   */
  run(observer: ClusterObserver, signal: AbortSignal): Promise<void>;
}

/** Calls return at once. The observer must not throw; what it throws is counted and isolated. */
export interface ClusterObserver {
  /** Everything of the kind within the scope, from a complete and successful list: what is not in it is gone. */
  listed(kind: ResourceKind, objects: readonly ObservedObject[]): void;
  /** One object is now so. */
  observed(object: ObservedObject): void;
  /** One object is gone. */
  deleted(object: {
    readonly key: ResourceKey;
    readonly uid: string;
    readonly resourceVersion?: string;
  }): void;
  phaseChanged(kind: ResourceKind, phase: SourcePhase, reason: string): void;
}

/** What was seen of one object: its state, or why it cannot be read. */
export type ObservedObject = ReadableObject | UnreadableObject;

export function uidOf(object: ObservedObject): string {
  return 'state' in object ? object.state.uid : object.uid;
}

export type ReadableObject = {
  [K in ResourceKind]: {
    readonly kind: K;
    readonly key: ResourceKey;
    readonly resourceVersion: string;
    /** When the source says it happened, where it does; milliseconds since the epoch. */
    readonly occurredAt?: number;
    /** For a pod, `shape` inside is empty and `podShape` holds the shape itself. */
    readonly state: ObjectStates[K];
    readonly podShape?: PodShape;
    /** W3C trace context of the change of ours that wrote it last, where the object carries one. */
    readonly traceparent?: string;
  };
}[ResourceKind];

export interface UnreadableObject {
  readonly kind: ResourceKind;
  readonly key: ResourceKey;
  readonly resourceVersion: string;
  readonly occurredAt?: number;
  readonly uid: string;
  readonly createdAt: number;
  readonly problem: Problem;
}
