export const policyGroup = 'policy.linkerd.io';
export const workloadGroup = 'workload.linkerd.io';
export const gatewayGroup = 'gateway.networking.k8s.io';
/** A pod belongs to the control plane in this namespace. */
export const controlPlaneNamespaceLabel = 'linkerd.io/control-plane-ns';
export const policyControllerName = 'linkerd.io/policy-controller';
/** Of a computed condition that hangs on what is not known. The policy controller writes True or False. */
export const unknownStatus = 'Unknown';

/** Annotations of a workload that change how policy decides. */
export const annotations = {
  defaultInboundPolicy: 'config.linkerd.io/default-inbound-policy',
  requireIdentityPorts: 'config.linkerd.io/proxy-require-identity-inbound-ports',
  opaquePorts: 'config.linkerd.io/opaque-ports',
  skipInboundPorts: 'config.linkerd.io/skip-inbound-ports',
  skipOutboundPorts: 'config.linkerd.io/skip-outbound-ports',
} as const;
