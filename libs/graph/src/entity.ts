import type { DriftAnswer } from '@mcp/desired-state';
import type { EdgeState, SourcePhase, TelemetryState } from '@mcp/events';
import type {
  ControlPlaneState,
  Labels,
  ObjectStates,
  PolicyKind,
  Problem,
  ProxyProtocol,
  ResourceKey,
  ResourceKind,
  ServiceState,
  WorkloadRef,
} from '@mcp/mesh';
import type { LintCode, ServerRef } from '@mcp/policy';

/**
 * One thing in the mesh graph: a plain JSON value, never changed after it was given out. `key` is unique in the graph and
 * stays the same over the thing's life, and so do its namespaces.
 */
export type GraphEntity = { [K in GraphKind]: GraphEntityOf<K> }[GraphKind];

export interface GraphEntityOf<K extends GraphKind> {
  readonly kind: K;
  readonly key: string;
  /** Those it is of: none where it belongs to the whole mesh, two for an edge between them. It stands in order with the first. */
  readonly namespaces: readonly string[];
  readonly value: GraphValues[K];
}

export interface GraphValues {
  Namespace: NamespaceNode;
  Workload: WorkloadNode;
  Service: ServiceNode;
  PolicyObject: PolicyObjectNode;
  ControlPlane: ControlPlaneNode;
  Source: SourceNode;
  UnreadableObject: UnreadableObjectNode;
  Edge: EdgeNode;
  Telemetry: TelemetryNode;
}

export type GraphKind = keyof GraphValues;

export interface NamespaceNode {
  readonly name: string;
  readonly labels: Labels;
  /** Only the ones that Linkerd reads. They act when a pod is created, not on pods that exist. */
  readonly annotations: Labels;
}

/**
 * The controller-level thing that runs pods: the root of their owner chain. It exists while its controller or a pod of it
 * does. Pods that have finished keep it in existence and are counted nowhere. An ExternalWorkload is its own only pod,
 * meshed and governed by what it is.
 */
export interface WorkloadNode {
  readonly ref: WorkloadRef;
  /** False where pods remain whose controller is gone or was never seen. True for a workload that is its own pod. */
  readonly hasController: boolean;
  readonly pods: number;
  readonly readyPods: number;
  readonly meshedPods: number;
  readonly governedPods: number;
  readonly meshed: Coverage;
  readonly governed: Coverage;
  readonly serviceAccounts: readonly string[];
  /** Of its meshed pods; empty where the trust domain or the control plane's namespace is unknown. */
  readonly identities: readonly string[];
  readonly ports: readonly WorkloadPort[];
  /** Names of the Services, of the same namespace, whose selector reaches a pod of it. */
  readonly services: readonly string[];
  readonly problems: readonly GraphProblem[];
}

/** How many of the pods something is true of. `no-pods`: there are none to say it of. */
export type Coverage = 'none' | 'some' | 'all' | 'no-pods';

export interface WorkloadPort {
  readonly number: number;
  readonly names: readonly string[];
  readonly protocol: string;
  /** One, or more while pods of the workload differ: where only some are meshed, during a rollout. */
  readonly policies: readonly PortPolicyNode[];
}

/** What policy says of a port, by all that the log says: the sources tell how far that can be trusted. */
export interface PortPolicyNode {
  /** Absent where policy does not act, and where it cannot be known which one governs. */
  readonly server?: ServerRef;
  readonly protocol?: ProxyProtocol;
  readonly reach: PortReach;
  /** What lint finds about that which governs the port: each code once, in order. */
  readonly findings: readonly LintCode[];
}

/** Who may reach a port, in short; of those admitted, rate limits and routes may still refuse a request. */
export type PortReach =
  /** Every client, with or without mesh TLS. */
  | 'anyone'
  /** As `anyone`; who would not be allowed without audit mode is logged. */
  | 'audited'
  /** Every client that has an identity of the mesh. */
  | 'meshed'
  /** Certain identities or networks, or everyone through certain routes. */
  | 'some'
  /** No client from elsewhere; pods always reach themselves. */
  | 'nobody'
  /** Something that it hangs on cannot be read. */
  | 'unknown'
  | 'not-enforced';

export interface ServiceNode {
  readonly namespace: string;
  readonly name: string;
  readonly type: ServiceState['type'];
  readonly headless: boolean;
  /** Absent for a Service that selects nothing by itself: where it leads is not known from the cluster's objects. */
  readonly selector?: Labels;
  readonly ports: ServiceState['ports'];
  /** The workloads whose pods the selector reaches. */
  readonly workloads: readonly WorkloadRef[];
  /** Pods that the selector reaches and that have not finished. */
  readonly pods: number;
  readonly meshed: Coverage;
  readonly externalName?: string;
  readonly problems: readonly GraphProblem[];
}

/** A policy object as observed, and how it stands to what was asked for. */
export type PolicyObjectNode = { [K in PolicyKind]: PolicyObjectNodeOf<K> }[PolicyKind];

export interface PolicyObjectNodeOf<K extends PolicyKind> {
  readonly kind: K;
  readonly namespace: string;
  readonly name: string;
  /** Empty while the object is desired and not in the cluster. */
  readonly uid: string;
  readonly createdAt?: number;
  readonly labels: Labels;
  /** Absent while the object is not in the cluster, or cannot be read there. */
  readonly spec?: ObjectStates[K]['spec'];
  /** Fields of the object that the spec does not say; absent where that is none. */
  readonly unmodelled?: readonly string[];
  readonly fieldOwners: ObjectStates[K]['fieldOwners'];
  readonly change?: NonNullable<ObjectStates[K]['change']>;
  readonly gitOps?: string;
  readonly conditions: ObjectStates[K]['conditions'];
  /** Absent where nothing was asked for. */
  readonly desired?: DesiredNode;
}

/** `revision` counts what was asked for this object; the drift is how the cluster stands to the newest. */
export interface DesiredNode extends DriftAnswer {
  readonly changeId: string;
  readonly revision: number;
}

export type ControlPlaneNode = Omit<ControlPlaneState, 'namespace' | 'name' | 'uid' | 'createdAt'> & {
  /** One for each setting that could not be read. */
  readonly problems: readonly GraphProblem[];
};

/** How well a kind is being followed. What hangs on a kind that is not live may be old or missing. */
export interface SourceNode {
  readonly kind: ResourceKind;
  readonly phase: SourcePhase;
  readonly reason: string;
  /** When it was last said, in milliseconds since the epoch. */
  readonly since: number;
}

/** An object that exists and cannot be read; nothing is concluded from it. */
export interface UnreadableObjectNode {
  readonly key: ResourceKey;
  readonly uid: string;
  readonly problem: Problem;
}

/**
 * Who calls whom, as telemetry has shown it: what the last event of the edge says. Rates are samples, and not in it.
 *
 * It is in the graph while those of its ends that are objects of the cluster are: a workload, an EgressNetwork. That traffic is no
 * longer seen makes it `idle`, and takes it away only once the collector forgets it. `activity` is of when telemetry was last
 * live: whether it is now, is said once for all edges by the `Telemetry` of the graph.
 */
export type EdgeNode = Omit<EdgeState, 'what'>;

/** How well traffic is being seen. There is none where nobody has ever tried to see it. */
export interface TelemetryNode extends TelemetryState {
  /** When it was last said, in milliseconds since the epoch. */
  readonly since: number;
}

export interface GraphProblem extends Problem {
  readonly code: GraphProblemCode;
}

export type GraphProblemCode =
  /** Pods have the proxy, and the policy controller does not know them. */
  | 'MESHED_NOT_GOVERNED'
  /** The policy controller knows pods that have no proxy to enforce anything. */
  | 'GOVERNED_NOT_MESHED'
  /** The log does not say what these pods are, so they count as neither meshed nor governed. */
  | 'POD_SHAPE_UNKNOWN'
  | 'SELECTOR_REACHES_NO_POD'
  /** A setting of the control plane could not be read. */
  | 'SETTING_UNKNOWN';
