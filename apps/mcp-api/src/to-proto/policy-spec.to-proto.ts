import type * as proto from '@mcp/contracts';
import type { PolicyObjectNode } from '@mcp/graph';
import type {
  EgressNetworkSpec,
  HttpLocalRateLimitPolicySpec,
  LabelSelector,
  ObjectReference,
  ServerAuthorizationSpec,
  ServerSpec,
} from '@mcp/mesh';
import { grpcRouteToProto, httpRouteToProto } from './route.to-proto.js';

/** Undefined where the object has no spec: it is only desired, or cannot be read. */
export function policySpecToProto(object: PolicyObjectNode): proto.PolicySpec | undefined {
  const spec = specToProto(object);
  return spec === undefined ? undefined : { spec };
}

function specToProto(object: PolicyObjectNode): proto.PolicySpec['spec'] {
  if (object.spec === undefined) return undefined;
  switch (object.kind) {
    case 'Server':
      return { $case: 'server', server: serverToProto(object.spec) };
    case 'ServerAuthorization':
      return {
        $case: 'serverAuthorization',
        serverAuthorization: serverAuthorizationToProto(object.spec),
      };
    case 'AuthorizationPolicy': {
      const { targetRef, requiredAuthenticationRefs } = object.spec;
      const authorizationPolicy = {
        targetRef: referenceToProto(targetRef),
        requiredAuthenticationRefs: requiredAuthenticationRefs.map(referenceToProto),
      };
      return { $case: 'authorizationPolicy', authorizationPolicy };
    }
    case 'MeshTLSAuthentication': {
      const { identities, identityRefs } = object.spec;
      const meshTlsAuthentication = { identities, identityRefs: identityRefs.map(referenceToProto) };
      return { $case: 'meshTlsAuthentication', meshTlsAuthentication };
    }
    case 'NetworkAuthentication':
      return { $case: 'networkAuthentication', networkAuthentication: object.spec };
    case 'HTTPRoute':
    case 'GatewayHTTPRoute':
      return { $case: 'httpRoute', httpRoute: httpRouteToProto(object.spec) };
    case 'GRPCRoute':
      return { $case: 'grpcRoute', grpcRoute: grpcRouteToProto(object.spec) };
    case 'HTTPLocalRateLimitPolicy':
      return {
        $case: 'httpLocalRateLimitPolicy',
        httpLocalRateLimitPolicy: rateLimitToProto(object.spec),
      };
    case 'EgressNetwork':
      return { $case: 'egressNetwork', egressNetwork: egressNetworkToProto(object.spec) };
  }
}

export function referenceToProto({
  group,
  kind,
  name,
  namespace = '',
}: ObjectReference): proto.ObjectReference {
  return { group, kind, name, namespace };
}

function serverToProto(spec: ServerSpec): proto.ServerSpec {
  const { selects, selector, port, proxyProtocol, accessPolicy } = spec;
  return {
    selector: selectorToProto(selector),
    externalWorkloads: selects === 'externalWorkloads',
    port: {
      port: typeof port === 'number' ? { $case: 'number', number: port } : { $case: 'name', name: port },
    },
    proxyProtocol,
    accessPolicy,
  };
}

function serverAuthorizationToProto({
  server,
  client,
}: ServerAuthorizationSpec): proto.ServerAuthorizationSpec {
  const { networks, unauthenticated, meshTLS } = client;
  return {
    serverName: server.name ?? '',
    serverSelector: server.selector === undefined ? undefined : selectorToProto(server.selector),
    networks,
    unauthenticated,
    meshTls:
      meshTLS === undefined
        ? undefined
        : {
            unauthenticatedTls: meshTLS.unauthenticatedTLS,
            identities: meshTLS.identities,
            serviceAccounts: meshTLS.serviceAccounts.map(({ name, namespace = '' }) => ({ name, namespace })),
          },
  };
}

function rateLimitToProto(spec: HttpLocalRateLimitPolicySpec): proto.HttpLocalRateLimitPolicySpec {
  return {
    ...spec,
    targetRef: referenceToProto(spec.targetRef),
    overrides: spec.overrides.map(({ requestsPerSecond, clientRefs }) => ({
      requestsPerSecond,
      clientRefs: clientRefs.map(referenceToProto),
    })),
  };
}

function egressNetworkToProto({ trafficPolicy, networks }: EgressNetworkSpec): proto.EgressNetworkSpec {
  return { trafficPolicy, networks: networks ?? [], allExternalNetworks: networks === undefined };
}

function selectorToProto({ matchLabels, matchExpressions }: LabelSelector): proto.LabelSelector {
  return {
    matchLabels: { ...matchLabels },
    matchExpressions: matchExpressions.map(({ key, operator, values = [] }) => ({ key, operator, values })),
  };
}
