import { managedKinds, type ManagedKind } from '@mcp/events';
import type { ObjectStates } from '@mcp/mesh';
import { gatewayGroup, policyGroup } from './names.js';
import { parseAuthorizationPolicy } from './parse/authorization-policy.js';
import { parseGRPCRoute } from './parse/grpc-route.js';
import { parseHTTPLocalRateLimitPolicy } from './parse/http-local-rate-limit-policy.js';
import { parseGatewayHTTPRoute, parseHTTPRoute } from './parse/http-route.js';
import { parseMeshTLSAuthentication } from './parse/mesh-tls-authentication.js';
import { parseNetworkAuthentication } from './parse/network-authentication.js';
import type { Parsed } from './parse/parsed.js';
import { parseServer } from './parse/server.js';
import { renderAuthorizationPolicy } from './render/authorization-policy.js';
import { renderGRPCRoute } from './render/grpc-route.js';
import { renderHTTPLocalRateLimitPolicy } from './render/http-local-rate-limit-policy.js';
import { renderHTTPRoute } from './render/http-route.js';
import { renderMeshTLSAuthentication } from './render/mesh-tls-authentication.js';
import { renderNetworkAuthentication } from './render/network-authentication.js';
import { renderServer } from './render/server.js';
import { unmodelledFields } from './unmodelled-fields.js';

export type ManagedState = ObjectStates[ManagedKind];
export type ManagedSpec = ManagedState['spec'];

/** How the objects of one kind are named by the API server, read and written. */
export interface ManagedObjects<State extends ManagedState = ManagedState> {
  readonly kind: ManagedKind;
  readonly group: string;
  readonly plural: string;
  readonly objectKind: string;
  /** The one that is read and written, whose schema has all that a spec of ours can say. */
  readonly version: string;
  /** With the fields of the object that the spec does not say. Never throws. */
  readonly parse: (raw: unknown) => Parsed<State>;
  /** The spec as the API server keeps it, every default said; `parse` reads it as the same spec. */
  readonly render: (spec: State['spec']) => object;
}

type Row<K extends ManagedKind> = Omit<ManagedObjects<ObjectStates[K]>, 'kind'>;

const rows: { readonly [K in ManagedKind]: Row<K> } = {
  Server: {
    ...named(policyGroup, 'servers', 'Server', 'v1beta3'),
    ...reads(parseServer, renderServer),
  },
  AuthorizationPolicy: {
    ...named(policyGroup, 'authorizationpolicies', 'AuthorizationPolicy', 'v1alpha1'),
    ...reads(parseAuthorizationPolicy, renderAuthorizationPolicy),
  },
  MeshTLSAuthentication: {
    ...named(policyGroup, 'meshtlsauthentications', 'MeshTLSAuthentication', 'v1alpha1'),
    ...reads(parseMeshTLSAuthentication, renderMeshTLSAuthentication),
  },
  NetworkAuthentication: {
    ...named(policyGroup, 'networkauthentications', 'NetworkAuthentication', 'v1alpha1'),
    ...reads(parseNetworkAuthentication, renderNetworkAuthentication),
  },
  HTTPRoute: {
    ...named(policyGroup, 'httproutes', 'HTTPRoute', 'v1beta3'),
    ...reads(parseHTTPRoute, renderHTTPRoute),
  },
  GatewayHTTPRoute: {
    ...named(gatewayGroup, 'httproutes', 'HTTPRoute', 'v1'),
    ...reads(parseGatewayHTTPRoute, renderHTTPRoute),
  },
  GRPCRoute: {
    ...named(gatewayGroup, 'grpcroutes', 'GRPCRoute', 'v1'),
    ...reads(parseGRPCRoute, renderGRPCRoute),
  },
  HTTPLocalRateLimitPolicy: {
    ...named(policyGroup, 'httplocalratelimitpolicies', 'HTTPLocalRateLimitPolicy', 'v1alpha1'),
    ...reads(parseHTTPLocalRateLimitPolicy, renderHTTPLocalRateLimitPolicy),
  },
};

/** How objects of the kind are read and written. */
export function managedObjects(kind: ManagedKind): ManagedObjects {
  // a spec or state is only given to the row of its own kind, which the compiler cannot see
  return { kind, ...(rows[kind] as Row<ManagedKind>) };
}

/** The row of what the API server calls so; undefined for a kind that is not changed through us. */
export function managedObjectsCalled(group: string, objectKind: string): ManagedObjects | undefined {
  return managedKinds.map(managedObjects).find((row) => row.group === group && row.objectKind === objectKind);
}

function named(
  group: string,
  plural: string,
  objectKind: string,
  version: string,
): Pick<ManagedObjects, 'group' | 'plural' | 'objectKind' | 'version'> {
  return { group, plural, objectKind, version };
}

function reads<State extends ManagedState>(
  parse: (raw: unknown) => Parsed<State>,
  render: (spec: State['spec']) => object,
): Pick<ManagedObjects<State>, 'parse' | 'render'> {
  return {
    render,
    parse: (raw) => {
      const parsed = parse(raw);
      if ('problem' in parsed) return parsed;
      // what can be read is an object with a spec
      const { spec } = raw as { readonly spec: unknown };
      const unmodelled = unmodelledFields(spec, render(parsed.value.spec));
      return unmodelled.length === 0 ? parsed : { value: { ...parsed.value, unmodelled } };
    },
  };
}
