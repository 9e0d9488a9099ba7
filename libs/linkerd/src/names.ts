/** The names that Linkerd, Kubernetes, the GitOps tools and we ourselves write on objects. */

export const policyGroup = 'policy.linkerd.io';
export const gatewayGroup = 'gateway.networking.k8s.io';
export const workloadGroup = 'workload.linkerd.io';

/** The container, or native sidecar, that makes a pod meshed. */
export const proxyContainer = 'linkerd-proxy';

/** On a pod or its namespace: whether the proxy is added when a pod is created. */
export const injectAnnotation = 'linkerd.io/inject';

/** The init container that redirects the traffic of the pod to the proxy. */
export const proxyInitContainer = 'linkerd-init';

/**
 * A pod without this label is unknown to the policy controller, whatever it runs.
 * Source: linkerd2 policy-controller/runtime/src/args.rs (read at b24cd40).
 */
export const controlPlaneNamespaceLabel = 'linkerd.io/control-plane-ns';

export const proxyVersionAnnotation = 'linkerd.io/proxy-version';

/** What the policy controller calls itself in the status of a route. */
export const policyControllerName = 'linkerd.io/policy-controller';

/** The Deployment whose arguments hold the settings of the control plane. */
export const destinationDeployment = 'linkerd-destination';
export const policyContainer = 'policy';

/** Our own field manager, and the annotations by which an object says which change of ours wrote it last. */
export const fieldManager = 'linkerd-mcp';
export const ownAnnotationPrefix = 'mcp.linkerd-mcp.dev/';
export const changeIdAnnotation = `${ownAnnotationPrefix}change-id`;
export const revisionAnnotation = `${ownAnnotationPrefix}revision`;

/** The W3C trace context of the apply that wrote the object, where its change is traced. */
export const traceparentAnnotation = `${ownAnnotationPrefix}traceparent`;

/** On the namespace kube-system of a simulated mesh; its value is the seed. */
export const simulatedSeedLabel = 'linkerd-mcp.dev/simulated-seed';

/** Whether Linkerd reads the annotation. */
export function linkerdReads(annotation: string): boolean {
  return annotation.startsWith('config.linkerd.io/') || annotation.startsWith('linkerd.io/');
}

/** Where a filter of a route has its content: `RequestRedirect` under `requestRedirect`, `URLRewrite` under `urlRewrite`. */
export function filterContentField(type: string): string {
  return type.replace(/^([A-Z]+)(?=[A-Z]|$)|^[A-Z]/, (start) => start.toLowerCase());
}
