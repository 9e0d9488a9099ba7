import type {
  ContainerPort,
  ControlPlaneState,
  ControllerState,
  ExternalWorkloadState,
  HttpProbe,
  LabelExpression,
  LabelSelector,
  NamespaceState,
  ObjectIdentity,
  OwnerRef,
  PodShape,
  PodState,
  Problem,
  ResourceKey,
  ServicePort,
  ServiceState,
  SkippedPorts,
} from '@mcp/mesh';
import { defaultPolicies, resourceKinds } from '@mcp/mesh';
import { boolean, either, list, number, object, oneOf, optional, table, text } from './schema.js';

export const labels = table(text);

export const identityFields = { namespace: text, name: text, uid: text, createdAt: number };

export const labelSelector = object<LabelSelector>({
  matchLabels: labels,
  matchExpressions: list(
    object<LabelExpression>({
      key: text,
      operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist']),
      values: optional(list(text)),
    }),
  ),
});

export const resourceKey = object<ResourceKey>({
  kind: oneOf(resourceKinds),
  namespace: text,
  name: text,
});

export const problem = object<Problem>({ code: text, field: text, message: text });

export const namespaceState = object<NamespaceState>({ ...identityFields, labels, annotations: labels });

export const serviceAccountState = object<ObjectIdentity>(identityFields);

const ownerRef = object<OwnerRef>({ kind: text, name: text, uid: text });

export const controllerState = object<ControllerState>({
  ...identityFields,
  kind: text,
  owner: optional(ownerRef),
});

export const podState = object<PodState>({
  ...identityFields,
  shape: text,
  owner: optional(ownerRef),
  ips: list(text),
  node: optional(text),
  phase: oneOf(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
  ready: boolean,
});

export const podShape = object<PodShape & { readonly hash: string }>({
  hash: text,
  labels,
  annotations: labels,
  serviceAccount: text,
  ports: list(
    object<ContainerPort>({
      container: text,
      init: boolean,
      name: optional(text),
      number,
      protocol: text,
    }),
  ),
  probes: list(object<HttpProbe>({ container: text, init: boolean, port: either(number, text), path: text })),
  meshed: boolean,
  governed: boolean,
  proxyVersion: optional(text),
  skippedPorts: optional(object<SkippedPorts>({ inbound: text, outbound: text })),
});

export const serviceState = object<ServiceState>({
  ...identityFields,
  selector: optional(labels),
  type: oneOf(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
  headless: boolean,
  clusterIps: list(text),
  externalName: optional(text),
  ports: list(
    object<ServicePort>({
      name: optional(text),
      number,
      protocol: text,
      targetPort: either(number, text),
      appProtocol: optional(text),
    }),
  ),
});

export const externalWorkloadState = object<ExternalWorkloadState>({
  ...identityFields,
  labels,
  annotations: labels,
  identity: text,
  serverName: text,
  ports: list(
    object<ExternalWorkloadState['ports'][number]>({ name: optional(text), number, protocol: text }),
  ),
  ips: list(text),
  ready: boolean,
  owner: optional(ownerRef),
});

export const controlPlaneState = object<ControlPlaneState>({
  ...identityFields,
  trustDomain: optional(text),
  controlPlaneNamespace: optional(text),
  defaultPolicy: optional(oneOf(defaultPolicies)),
  clusterNetworks: optional(list(text)),
  probeNetworks: optional(list(text)),
  version: optional(text),
  configured: list(text),
});
