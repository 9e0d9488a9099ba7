import type { Labels } from './label-selector.js';
import type { ObjectIdentity } from './object-identity.js';

/** `annotations` holds only the ones that Linkerd reads (`config.linkerd.io/…`, `linkerd.io/…`). */
export interface NamespaceState extends ObjectIdentity {
  readonly labels: Labels;
  readonly annotations: Labels;
}

export type ServiceAccountState = ObjectIdentity;

/** A controller, as metadata only. `owner` is the controller above it: a ReplicaSet's Deployment, a Job's CronJob. */
export interface ControllerState extends ObjectIdentity {
  readonly kind: string;
  readonly owner?: OwnerRef;
}

export interface OwnerRef {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** `shape` is the content address of the pod's `PodShape`, which most pods of a workload share. */
export interface PodState extends ObjectIdentity {
  readonly shape: string;
  readonly owner?: OwnerRef;
  readonly ips: readonly string[];
  readonly node?: string;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
}

/** What a pod is, apart from which pod it is. */
export interface PodShape {
  readonly labels: Labels;
  /** Only the ones that Linkerd reads. */
  readonly annotations: Labels;
  readonly serviceAccount: string;
  readonly ports: readonly ContainerPort[];
  readonly probes: readonly HttpProbe[];
  /** The pod has the proxy, as a container or as a native sidecar (an init container that keeps running). */
  readonly meshed: boolean;
  /** Linkerd's policy controller knows the pod: it carries the label `linkerd.io/control-plane-ns`. */
  readonly governed: boolean;
  readonly proxyVersion?: string;
  /** Absent without the init container `linkerd-init`, as with Linkerd's CNI plugin. */
  readonly skippedPorts?: SkippedPorts;
}

/**
 * The ports whose traffic `linkerd-init` leaves out of the proxy, as its arguments list them: numbers and ranges, separated by
 * commas. Empty where an argument is not given.
 */
export interface SkippedPorts {
  readonly inbound: string;
  readonly outbound: string;
}

export interface ContainerPort {
  readonly container: string;
  readonly init: boolean;
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
}

/**
 * `port` is a number, or a name to resolve within the same container. `path` is without its query; it may lack its leading
 * slash, and Linkerd's own probe route then does not cover it.
 */
export interface HttpProbe {
  readonly container: string;
  readonly init: boolean;
  readonly port: number | string;
  readonly path: string;
}

/** `selector` is undefined for a Service that selects nothing by itself (its endpoints come from elsewhere). */
export interface ServiceState extends ObjectIdentity {
  readonly selector?: Labels;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly headless: boolean;
  readonly clusterIps: readonly string[];
  readonly externalName?: string;
  readonly ports: readonly ServicePort[];
}

export interface ServicePort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
  readonly targetPort: number | string;
  readonly appProtocol?: string;
}

export interface ExternalWorkloadState extends ObjectIdentity {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly identity: string;
  readonly serverName: string;
  readonly ports: readonly { readonly name?: string; readonly number: number; readonly protocol: string }[];
  readonly ips: readonly string[];
  readonly ready: boolean;
  readonly owner?: OwnerRef;
}
