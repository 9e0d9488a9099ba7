import type { JsonObject } from '../kubernetes-object.js';
import type { ResourceType } from '../resource-type.js';
import { resources } from '../resource-type.js';
import type { SceneObject, TextMap } from './scene-object.js';
import { sceneObject } from './scene-object.js';

/** Where a policy object lives and who keeps it: a person with kubectl, or Argo CD. */
export interface Keeper {
  readonly namespace: string;
  readonly manager: string;
  readonly annotationsOf: (type: ResourceType, name: string) => TextMap | undefined;
}

export function byHand(namespace: string): Keeper {
  return { namespace, manager: 'kubectl', annotationsOf: () => undefined };
}

export function byArgoCd(namespace: string, application: string): Keeper {
  return {
    namespace,
    manager: 'argocd-controller',
    annotationsOf: ({ group, kind }, name) => ({
      'argocd.argoproj.io/tracking-id': `${application}:${group}/${kind}:${namespace}/${name}`,
    }),
  };
}

export function policyObject(
  keeper: Keeper,
  type: ResourceType,
  name: string,
  spec: JsonObject,
): SceneObject {
  const annotations = keeper.annotationsOf(type, name);
  const meta = { namespace: keeper.namespace, name, ...(annotations === undefined ? {} : { annotations }) };
  return sceneObject(type, meta, { spec }, keeper.manager);
}

/** A Server on a port of the pods of one app. */
export function server(
  keeper: Keeper,
  name: string,
  app: string,
  port: string | number,
  rest: JsonObject = {},
): SceneObject {
  return policyObject(keeper, resources.Server, name, {
    podSelector: { matchLabels: { app } },
    port,
    proxyProtocol: 'HTTP/1',
    accessPolicy: 'deny',
    ...rest,
  });
}

/** Lets those who satisfy all of `requires` reach the target. */
export function allow(
  keeper: Keeper,
  name: string,
  target: JsonObject,
  ...requires: readonly JsonObject[]
): SceneObject {
  return policyObject(keeper, resources.AuthorizationPolicy, name, {
    targetRef: target,
    requiredAuthenticationRefs: requires,
  });
}

/** References, as policies spell them. */
export const to = {
  server: (name: string) => reference('policy.linkerd.io', 'Server', name),
  route: (name: string) => reference('policy.linkerd.io', 'HTTPRoute', name),
  gatewayRoute: (name: string) => reference('gateway.networking.k8s.io', 'HTTPRoute', name),
  grpcRoute: (name: string) => reference('gateway.networking.k8s.io', 'GRPCRoute', name),
  namespace: (name: string) => ({ kind: 'Namespace', name }),
  meshTls: (name: string) => reference('policy.linkerd.io', 'MeshTLSAuthentication', name),
  network: (name: string) => reference('policy.linkerd.io', 'NetworkAuthentication', name),
  serviceAccount: (namespace: string, name: string) => ({ kind: 'ServiceAccount', name, namespace }),
};

function reference(group: string, kind: string, name: string): JsonObject {
  return { group, kind, name };
}

/** Clients by their service accounts. */
export function clients(keeper: Keeper, name: string, ...identityRefs: readonly JsonObject[]): SceneObject {
  return policyObject(keeper, resources.MeshTLSAuthentication, name, { identityRefs });
}

export function network(keeper: Keeper, name: string, ...cidrs: readonly string[]): SceneObject {
  return policyObject(keeper, resources.NetworkAuthentication, name, {
    networks: cidrs.map((cidr) => ({ cidr })),
  });
}

/** A route of policy.linkerd.io on a Server. */
export function route(
  keeper: Keeper,
  name: string,
  serverName: string,
  ...matches: readonly JsonObject[]
): SceneObject {
  return policyObject(keeper, resources.HTTPRoute, name, {
    parentRefs: [to.server(serverName)],
    rules: [{ matches }],
  });
}

export const at = (type: 'Exact' | 'PathPrefix', value: string, method?: string): JsonObject => ({
  path: { type, value },
  ...(method === undefined ? {} : { method }),
});
