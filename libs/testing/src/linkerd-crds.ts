import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterConnection, isKubernetesError } from '@mcp/kubernetes';

/** Takes any field and keeps it. */
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

const reference = {
  type: 'object',
  required: ['kind', 'name'],
  properties: {
    group: { type: 'string', maxLength: 253 },
    kind: { type: 'string', minLength: 1, maxLength: 63 },
    name: { type: 'string', minLength: 1, maxLength: 253 },
    namespace: { type: 'string', maxLength: 253 },
  },
} as const;

const everyPath = { path: { type: 'PathPrefix', value: '/' } };

/** The group of a parent is left open: Kubernetes 1.20 takes the empty text of a field of type string for null. */
function routeSpec(rules: object): object {
  const parent = {
    ...anything,
    required: ['name'],
    properties: {
      kind: { type: 'string', default: 'Gateway' },
      name: { type: 'string' },
    },
  };
  return { ...anything, properties: { parentRefs: { type: 'array', items: parent }, rules } };
}

const httpRules = {
  type: 'array',
  default: [{ matches: [everyPath] }],
  items: { ...anything, properties: { matches: { type: 'array', default: [everyPath], items: anything } } },
};

interface Definition {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  /** The first is stored. */
  readonly versions: readonly string[];
  readonly status?: boolean;
  readonly spec: object;
}

const policy = 'policy.linkerd.io';
const gateway = 'gateway.networking.k8s.io';

/**
 * Small definitions of Linkerd's kinds and of the routes of the Gateway API: names, versions, the defaults that change what an
 * object means, and what an AuthorizationPolicy must have. They take more than the real ones do; nothing that they refuse
 * is taken by the real ones.
 */
const definitions: readonly Definition[] = [
  {
    group: policy,
    plural: 'servers',
    kind: 'Server',
    versions: ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'],
    spec: {
      ...anything,
      properties: {
        proxyProtocol: { type: 'string', default: 'unknown' },
        accessPolicy: { type: 'string', default: 'deny' },
      },
    },
  },
  {
    group: policy,
    plural: 'serverauthorizations',
    kind: 'ServerAuthorization',
    versions: ['v1beta1', 'v1alpha1'],
    spec: anything,
  },
  {
    group: policy,
    plural: 'authorizationpolicies',
    kind: 'AuthorizationPolicy',
    versions: ['v1alpha1'],
    spec: {
      type: 'object',
      required: ['targetRef', 'requiredAuthenticationRefs'],
      properties: {
        targetRef: reference,
        requiredAuthenticationRefs: { type: 'array', items: reference },
      },
    },
  },
  {
    group: policy,
    plural: 'meshtlsauthentications',
    kind: 'MeshTLSAuthentication',
    versions: ['v1alpha1'],
    spec: anything,
  },
  {
    group: policy,
    plural: 'networkauthentications',
    kind: 'NetworkAuthentication',
    versions: ['v1alpha1'],
    spec: anything,
  },
  {
    group: policy,
    plural: 'httproutes',
    kind: 'HTTPRoute',
    versions: ['v1beta3', 'v1beta2', 'v1beta1', 'v1alpha1'],
    status: true,
    spec: routeSpec(httpRules),
  },
  {
    group: policy,
    plural: 'httplocalratelimitpolicies',
    kind: 'HTTPLocalRateLimitPolicy',
    versions: ['v1alpha1'],
    status: true,
    spec: anything,
  },
  {
    group: policy,
    plural: 'egressnetworks',
    kind: 'EgressNetwork',
    versions: ['v1alpha1'],
    status: true,
    spec: anything,
  },
  {
    group: gateway,
    plural: 'httproutes',
    kind: 'HTTPRoute',
    versions: ['v1', 'v1beta1'],
    status: true,
    spec: routeSpec(httpRules),
  },
  {
    group: gateway,
    plural: 'grpcroutes',
    kind: 'GRPCRoute',
    versions: ['v1', 'v1alpha2'],
    status: true,
    spec: routeSpec({ type: 'array', items: anything }),
  },
  {
    group: 'workload.linkerd.io',
    plural: 'externalworkloads',
    kind: 'ExternalWorkload',
    versions: ['v1beta1', 'v1alpha1'],
    status: true,
    spec: anything,
  },
];

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The names of all definitions, `<plural>.<group>`. */
export const linkerdCrdNames: readonly string[] = definitions.map(
  ({ plural, group }) => `${plural}.${group}`,
);

/** Defines these kinds, all of them if none is named, and waits until each can be listed. */
export async function installLinkerdCrds(
  connection: ClusterConnection,
  names: readonly string[] = linkerdCrdNames,
): Promise<void> {
  const wanted = definitions.filter(({ plural, group }) => names.includes(`${plural}.${group}`));
  if (wanted.length !== names.length) throw new Error(`not all defined here: ${names.join(', ')}`);
  for (const definition of wanted) await connection.request('POST', path, { body: manifestOf(definition) });
  for (const { group, versions, plural } of wanted) {
    await until(`${plural}.${group} is served`, () =>
      found(connection, `/apis/${group}/${versions[0] ?? ''}/${plural}`),
    );
  }
}

/** Removes the kind with all of its objects, and waits until it is no longer served. */
export async function removeLinkerdCrd(connection: ClusterConnection, name: string): Promise<void> {
  await connection.request('DELETE', `${path}/${name}`);
  await until(`${name} is gone`, async () => !(await found(connection, `${path}/${name}`)));
}

function manifestOf({ group, plural, kind, versions, status, spec }: Definition): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // the API server asks for it in groups of its own community
      annotations: { 'api-approved.kubernetes.io': 'unapproved, small definitions for tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        ...(status && { subresources: { status: {} } }),
        schema: {
          openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status: anything } },
        },
      })),
    },
  };
}

async function found(connection: ClusterConnection, at: string): Promise<boolean> {
  try {
    await connection.request('GET', at);
    return true;
  } catch (error) {
    if (isKubernetesError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error(`not within 20 s: ${what}`);
}
