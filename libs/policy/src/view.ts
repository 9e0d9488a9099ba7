import type {
  ContainerPort,
  DefaultPolicy,
  HttpProbe,
  Labels,
  ObjectStates,
  PolicyKind,
  Problem,
  ResourceKey,
  ResourceKind,
  ServiceState,
  SkippedPorts,
  WorkloadRef,
} from '@mcp/mesh';

/**
 * All that a policy answer depends on, at one moment. Immutable and plain data: it can be handed to a worker, and a part that
 * did not change is the same object in the next view, so that what was worked out about it can be kept.
 */
export interface MeshView {
  /** By namespace. One that nothing is known of is not in it. */
  readonly namespaces: ReadonlyMap<string, NamespaceView>;
  readonly settings: MeshSettings;
  /** The kinds whose objects may be old or missing, with why. An answer that hangs on one of them is unknown. */
  readonly notLive: ReadonlyMap<ResourceKind, string>;
  /** The namespaces that are looked at. Nothing is known of another one. */
  readonly scope: readonly string[] | 'all';
}

/** What the control plane runs with. What could not be read is undefined, and an answer that needs it is unknown. */
export interface MeshSettings {
  readonly trustDomain?: string;
  readonly controlPlaneNamespace?: string;
  readonly defaultPolicy?: DefaultPolicy;
  readonly clusterNetworks?: readonly string[];
  readonly probeNetworks?: readonly string[];
  /** Names of those that come from our configuration: they hold however well the control plane is followed. */
  readonly configured?: readonly string[];
}

export interface NamespaceView {
  readonly namespace: string;
  /** Of the Namespace object; they act when a pod is created, never on one that exists. */
  readonly annotations: Labels;
  /** The objects that there are, one of each name, in no order. */
  readonly policy: PolicyObjects;
  /** Objects that exist and cannot be read. What they could change is unknown. */
  readonly unreadable: readonly UnreadablePolicy[];
  readonly workloads: readonly WorkloadView[];
  readonly services: readonly ServiceState[];
  readonly serviceAccounts: readonly string[];
}

export type PolicyObjects = { readonly [K in PolicyKind]: readonly ObjectStates[K][] };

export interface UnreadablePolicy {
  readonly key: ResourceKey;
  readonly problem: Problem;
}

export interface WorkloadView {
  readonly ref: WorkloadRef;
  /** Pods that are alike. During a rollout there are two groups or more. */
  readonly groups: readonly PodGroupView[];
  /** Pods of which the log does not say what they are. An answer about them is unknown. */
  readonly shapelessPods: number;
}

export interface PodGroupView {
  /** The same object for the same shape, whichever pods have it. */
  readonly endpoint: Endpoint;
  /** Never empty. An ExternalWorkload is its own only pod. */
  readonly pods: readonly {
    readonly name: string;
    readonly createdAt: number;
    readonly ips: readonly string[];
  }[];
}

/** What serves ports: a pod apart from which pod it is, or an external workload. */
export interface Endpoint {
  readonly kind: 'Pod' | 'ExternalWorkload';
  readonly labels: Labels;
  /** Only the ones that Linkerd reads. */
  readonly annotations: Labels;
  /** In the order of declaration, containers before init containers. */
  readonly ports: readonly EndpointPort[];
  /** Empty for an external workload. */
  readonly probes: readonly HttpProbe[];
  /** It has the proxy. */
  readonly meshed: boolean;
  /** Linkerd's policy controller knows it. */
  readonly governed: boolean;
  readonly runsAs: { readonly serviceAccount: string } | { readonly identity: string };
  /** Known of a pod with the init container `linkerd-init` only. */
  readonly skippedPorts?: SkippedPorts;
}

/** `container` is empty on an external workload. */
export type EndpointPort = ContainerPort;
