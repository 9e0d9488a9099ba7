import { beforeAll, describe, expect, it } from '@jest/globals';
import { admit } from '../admission.js';
import type { JsonObject, KubernetesObject } from '../kubernetes-object.js';
import { ObjectStore } from '../object-store.js';
import type { ResourceType } from '../resource-type.js';
import { resourceOf, resources } from '../resource-type.js';
import { buildScene } from './build-scene.js';
import { brokenPolicy } from './shop.js';

interface Reference {
  readonly kind: string;
  readonly name: string;
  readonly group?: string;
  readonly namespace?: string;
}

interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
}

/** The fields of the specs of all kinds that the tests look at. */
interface Spec {
  readonly replicas?: number;
  readonly serviceAccountName?: string;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly selector?: Record<string, string>;
  readonly podSelector?: { readonly matchLabels?: Record<string, string> };
  readonly externalWorkloadSelector?: { readonly matchLabels?: Record<string, string> };
  readonly port?: string | number;
  readonly ports?: readonly { readonly name: string; readonly port: number }[];
  readonly targetRef?: Reference;
  readonly requiredAuthenticationRefs?: readonly Reference[];
  readonly identityRefs?: readonly Reference[];
  readonly parentRefs?: readonly Reference[];
  readonly overrides?: readonly { readonly clientRefs: readonly Reference[] }[];
  readonly server?: { readonly name: string };
  readonly client?: { readonly meshTLS: { readonly serviceAccounts: readonly Reference[] } };
  readonly template?: {
    readonly spec: {
      readonly containers: readonly { readonly name: string; readonly args?: readonly string[] }[];
    };
  };
}

function sceneOf(seed: string, firstResourceVersion = 0): ObjectStore {
  const store = new ObjectStore({ firstResourceVersion, historyLimit: 10 });
  buildScene(store, seed);
  return store;
}

/** All objects without what is the store's own. */
function contentOf(store: ObjectStore): unknown[] {
  return [...store.all()].map(([, { metadata, ...object }]) => ({
    ...object,
    metadata: { ...metadata, resourceVersion: '' },
  }));
}

describe('the scene', () => {
  let store: ObjectStore;
  beforeAll(() => {
    store = sceneOf('seed');
  });

  const list = (type: ResourceType) => store.list(type);
  const specOf = (object: KubernetesObject) => (object['spec'] ?? {}) as Spec;
  const nameOf = ({ metadata }: KubernetesObject) => `${metadata.namespace}/${metadata.name}`;
  const matches = (selector: Record<string, string>, { metadata }: KubernetesObject) =>
    Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value);

  it('is the same for the same seed, whatever the versions; other seeds have other uids and pods', () => {
    expect(contentOf(sceneOf('seed', 5_000))).toEqual(contentOf(store));
    const uids = (scene: ObjectStore) => [...scene.all()].map(([, { metadata }]) => metadata.uid);
    const others = new Set(uids(sceneOf('other')));
    expect(uids(store).filter((uid) => others.has(uid))).toEqual([]);
    expect(new Set(uids(store)).size).toBe(uids(store).length);
  });

  it('has every kind that is served, but leases and runs of jobs', () => {
    const absent = Object.entries(resources).filter(([, type]) => list(type).length === 0);
    expect(absent.map(([kind]) => kind)).toEqual(['Job', 'Lease']);
  });

  it('says on kube-system which seed it grew from', () => {
    expect(store.get(resources.Namespace, '', 'kube-system')?.metadata.labels).toMatchObject({
      'linkerd-mcp.dev/simulated-seed': 'seed',
    });
  });

  it('holds only objects that the API would admit, in namespaces and of service accounts that exist', () => {
    const homeless = [...store.all()].filter(([type, { metadata }]) => {
      const home = store.get(resources.Namespace, '', metadata.namespace ?? '');
      return type.namespaced ? home === undefined : metadata.namespace !== undefined;
    });
    expect(homeless).toEqual([]);
    for (const [type, object] of store.all()) expect(admit(type, object)).toEqual(object);
    const accountless = list(resources.Pod).filter(
      (pod) =>
        !store.get(
          resources.ServiceAccount,
          pod.metadata.namespace ?? '',
          specOf(pod).serviceAccountName ?? 'none',
        ),
    );
    expect(accountless).toEqual([]);
  });

  it('runs as many pods as each workload wants, all ready, each with an address of its own', () => {
    for (const type of [resources.Deployment, resources.StatefulSet]) {
      for (const workload of list(type)) {
        const replicas = specOf(workload).replicas;
        expect([nameOf(workload), workload['status']]).toEqual([
          nameOf(workload),
          { replicas, readyReplicas: replicas, availableReplicas: replicas },
        ]);
      }
    }
    const addresses = list(resources.Pod).map((pod) => (pod['status'] as JsonObject)['podIP']);
    expect(new Set(addresses).size).toBe(list(resources.Pod).length);
    expect(addresses).not.toContain(undefined);
  });

  it('has meshed pods of both forms and pods outside of the mesh', () => {
    const formOf = (pod: KubernetesObject) => {
      const has = (field: 'containers' | 'initContainers') =>
        (specOf(pod)[field] ?? []).some(({ name }) => name === 'linkerd-proxy');
      return has('containers') ? 'container' : has('initContainers') ? 'native' : 'none';
    };
    const forms = list(resources.Pod).map(formOf);
    expect(new Set(forms)).toEqual(new Set(['container', 'native', 'none']));
    const governed = list(resources.Pod).map(
      (pod) => 'linkerd.io/control-plane-ns' in (pod.metadata.labels ?? {}),
    );
    expect(governed).toEqual(forms.map((form) => form !== 'none'));
  });

  it('has a pod or an external workload behind every Service that selects, and Services of every other form', () => {
    const backends = [...list(resources.Pod), ...list(resources.ExternalWorkload)];
    const empty = list(resources.Service).filter(
      (service) =>
        specOf(service).selector !== undefined &&
        !backends.some(
          (backend) =>
            backend.metadata.namespace === service.metadata.namespace &&
            matches(specOf(service).selector ?? {}, backend),
        ),
    );
    expect(empty.map(nameOf)).toEqual([]);
    expect(
      list(resources.Service)
        .filter((service) => specOf(service).selector === undefined)
        .map(nameOf),
    ).toEqual(['payments/card-network', 'shop/erp']);
  });

  it('has a workload behind every Server, on a port that it declares', () => {
    const idle = list(resources.Server).filter((server) => {
      const { podSelector, externalWorkloadSelector, port } = specOf(server);
      const candidates = list(podSelector === undefined ? resources.ExternalWorkload : resources.Pod);
      const selector = (podSelector ?? externalWorkloadSelector)?.matchLabels ?? {};
      return !candidates.some(
        (candidate) =>
          candidate.metadata.namespace === server.metadata.namespace &&
          matches(selector, candidate) &&
          portsOf(candidate).some(({ name, number }) => name === port || number === port),
      );
    });
    expect(idle.map(nameOf)).toEqual([]);
  });

  function portsOf(object: KubernetesObject): { name: string; number: number }[] {
    const { ports = [], containers = [], initContainers = [] } = specOf(object);
    const declared = [...containers, ...initContainers].flatMap((container) => container.ports ?? []);
    return [
      ...ports.map(({ name, port }) => ({ name, number: port })),
      ...declared.map(({ name, containerPort }) => ({ name, number: containerPort })),
    ];
  }

  it('refers to nothing that is missing, but for the one policy that is broken on purpose', () => {
    const dangling: string[] = [];
    const check = (from: KubernetesObject, references: readonly (Reference | undefined)[] = []) => {
      for (const { group = '', kind, name, namespace = from.metadata.namespace ?? '' } of references.filter(
        (reference) => reference !== undefined,
      )) {
        const type = Object.values(resources).find((known) => known.kind === kind && known.group === group);
        const found = type && store.get(type, type.namespaced ? namespace : '', name);
        if (found === undefined) dangling.push(`${from.kind} ${nameOf(from)} -> ${kind} ${name}`);
      }
    };
    for (const [, object] of store.all()) {
      const { targetRef, requiredAuthenticationRefs, identityRefs, parentRefs, overrides } = specOf(object);
      check(object, [targetRef]);
      check(object, requiredAuthenticationRefs);
      check(object, identityRefs);
      check(object, parentRefs);
      for (const { clientRefs } of overrides ?? []) check(object, clientRefs);
    }
    for (const authorization of list(resources.ServerAuthorization)) {
      const { server, client } = specOf(authorization);
      check(authorization, [{ group: 'policy.linkerd.io', kind: 'Server', name: server?.name ?? '' }]);
      const accounts = client?.meshTLS.serviceAccounts.map((account) => ({
        ...account,
        kind: 'ServiceAccount',
      }));
      check(authorization, accounts);
    }
    expect(dangling).toEqual([
      `AuthorizationPolicy ${brokenPolicy.namespace}/${brokenPolicy.name} -> MeshTLSAuthentication ${brokenPolicy.missing}`,
    ]);
  });

  it('has all routes, rate limits and egress networks accepted', () => {
    const conditions = [
      resources.HTTPRoute,
      resources.GatewayHTTPRoute,
      resources.GRPCRoute,
      resources.HTTPLocalRateLimitPolicy,
      resources.EgressNetwork,
    ]
      .flatMap(list)
      .flatMap((object) => {
        const status = object['status'] as {
          conditions?: JsonObject[];
          parents?: { conditions: JsonObject[] }[];
        };
        return [
          ...(status.conditions ?? []),
          ...(status.parents ?? []).flatMap((parent) => parent.conditions),
        ];
      });
    expect(conditions.length).toBeGreaterThan(6);
    expect(conditions.filter(({ status }) => status !== 'True')).toEqual([]);
  });

  it('has the settings of the control plane where Linkerd keeps them', () => {
    const destination = store.get(resources.Deployment, 'linkerd', 'linkerd-destination');
    const containers = specOf(destination!).template?.spec.containers ?? [];
    expect(containers.find(({ name }) => name === 'policy')?.args).toEqual(
      expect.arrayContaining([
        '--identity-domain=cluster.local',
        '--control-plane-namespace=linkerd',
        '--default-policy=all-unauthenticated',
        '--probe-networks=0.0.0.0/0,::/0',
      ]),
    );
  });

  it('has every object under an API version that is served', () => {
    for (const [type, object] of store.all()) expect(resourceOf(object)).toBe(type);
  });
});
