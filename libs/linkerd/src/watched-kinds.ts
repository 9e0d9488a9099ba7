import type { ManagedKind } from '@mcp/events';
import type { ObjectStates, PodShape, ResourceKind } from '@mcp/mesh';
import type { ControlPlaneSettings } from './control-plane.js';
import { parseControlPlane } from './control-plane.js';
import { managedObjects } from './managed-objects.js';
import { destinationDeployment, policyGroup, workloadGroup } from './names.js';
import { parseController } from './parse/controller.js';
import { parseEgressNetwork } from './parse/egress-network.js';
import { parseExternalWorkload } from './parse/external-workload.js';
import { parseNamespace } from './parse/namespace.js';
import type { Parsed } from './parse/parsed.js';
import { parsePod } from './parse/pod.js';
import { parseServerAuthorization } from './parse/server-authorization.js';
import { parseServiceAccount } from './parse/service-account.js';
import { parseService } from './parse/service.js';

type Versions = readonly [string, ...string[]];

/** One kind of object of the API server, and how it is read. Several may feed one kind of ours. */
export interface WatchedKind {
  readonly kind: ResourceKind;
  /** Empty for the core group. */
  readonly group: string;
  readonly plural: string;
  /** What the API server calls it. */
  readonly objectKind: string;
  /** All that may be served, the preferred first. Any of them reads the same. */
  readonly versions: Versions;
  readonly namespaced: boolean;
  /** Only metadata is asked for and read. */
  readonly metadataOnly: boolean;
  /** Only objects of this name are of interest. */
  readonly onlyNamed?: string;
  /** Never throws, whatever it is given. */
  readonly parse: (raw: unknown) => Parsed<ParsedObject>;
}

export type ParsedObject = {
  [K in ResourceKind]: { readonly kind: K; readonly state: ObjectStates[K]; readonly podShape?: PodShape };
}[ResourceKind];

/** Everything of a cluster that the mesh is made of. `configured` takes the place of what the control plane says of itself. */
export function watchedKinds(configured: ControlPlaneSettings): readonly WatchedKind[] {
  return [
    { ...core('namespaces', 'Namespace'), ...reads('Namespace', parseNamespace), namespaced: false },
    { ...core('serviceaccounts', 'ServiceAccount'), ...reads('ServiceAccount', parseServiceAccount) },
    { ...core('services', 'Service'), ...reads('Service', parseService) },
    { ...core('pods', 'Pod'), ...readsPods },

    controller('apps', 'deployments', 'Deployment', ['v1']),
    controller('apps', 'statefulsets', 'StatefulSet', ['v1']),
    controller('apps', 'daemonsets', 'DaemonSet', ['v1']),
    controller('apps', 'replicasets', 'ReplicaSet', ['v1']),
    controller('batch', 'jobs', 'Job', ['v1']),
    controller('batch', 'cronjobs', 'CronJob', ['v1', 'v1beta1']),

    managed('Server', ['v1beta2', 'v1beta1', 'v1alpha1']),
    {
      ...policy('serverauthorizations', 'ServerAuthorization', ['v1beta1', 'v1alpha1']),
      ...reads('ServerAuthorization', parseServerAuthorization),
    },
    managed('AuthorizationPolicy'),
    managed('MeshTLSAuthentication'),
    managed('NetworkAuthentication'),
    managed('HTTPRoute', ['v1beta2', 'v1beta1', 'v1alpha1']),
    managed('HTTPLocalRateLimitPolicy'),
    {
      ...policy('egressnetworks', 'EgressNetwork', ['v1alpha1']),
      ...reads('EgressNetwork', parseEgressNetwork),
    },
    managed('GatewayHTTPRoute', ['v1beta1']),
    managed('GRPCRoute', ['v1alpha2']),
    {
      ...whole(workloadGroup, 'externalworkloads', 'ExternalWorkload', ['v1beta1', 'v1alpha1']),
      ...reads('ExternalWorkload', parseExternalWorkload),
    },
    {
      ...whole('apps', 'deployments', 'Deployment', ['v1']),
      ...reads('ControlPlane', (raw) => parseControlPlane(raw, configured)),
      onlyNamed: destinationDeployment,
    },
  ];
}

type Resource = Omit<WatchedKind, 'kind' | 'parse'>;
type Reading = Pick<WatchedKind, 'kind' | 'parse'>;

function whole(group: string, plural: string, objectKind: string, versions: Versions): Resource {
  return { group, plural, objectKind, versions, namespaced: true, metadataOnly: false };
}

function core(plural: string, objectKind: string): Resource {
  return whole('', plural, objectKind, ['v1']);
}

function policy(plural: string, objectKind: string, versions: Versions): Resource {
  return whole(policyGroup, plural, objectKind, versions);
}

/** A kind that is changed through us too; `older` are the versions besides the one that we write. */
function managed(kind: ManagedKind, older: readonly string[] = []): WatchedKind {
  const { group, plural, objectKind, version, parse } = managedObjects(kind);
  return { ...whole(group, plural, objectKind, [version, ...older]), ...reads(kind, parse) };
}

function controller(group: string, plural: string, objectKind: string, versions: Versions): WatchedKind {
  return {
    ...whole(group, plural, objectKind, versions),
    ...reads('Controller', (raw) => parseController(raw, objectKind)),
    metadataOnly: true,
  };
}

function reads<K extends ResourceKind>(kind: K, parse: (raw: unknown) => Parsed<ObjectStates[K]>): Reading {
  return {
    kind,
    parse: (raw) => {
      const parsed = parse(raw);
      // the compiler cannot see that kind and state belong together
      return 'problem' in parsed ? parsed : { value: { kind, state: parsed.value } as ParsedObject };
    },
  };
}

const readsPods: Reading = {
  kind: 'Pod',
  parse: (raw) => {
    const parsed = parsePod(raw);
    if ('problem' in parsed) return parsed;
    return { value: { kind: 'Pod', state: parsed.value.state, podShape: parsed.value.shape } };
  },
};
