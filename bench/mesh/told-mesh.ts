import { observe, watchedKinds } from '@mcp/linkerd';
import { resourceKinds } from '@mcp/mesh';
import type { ClusterObserver, ClusterSource, ObservedObject } from '@mcp/sources';
import {
  authenticationObject,
  bareObject,
  namespaceObject,
  podObject,
  policyOf,
  serverObject,
  serviceObject,
  type Meta,
  type RawObject,
} from './kubernetes-objects.js';

const podsPerWorkload = 3;
/** What happens between two pauses: deployments that roll out, and pods that lose their readiness for a moment. */
const rolloutsPerRound = 50;
const flapsPerRound = 125;

interface Workload {
  readonly namespace: string;
  readonly name: string;
  release: Release;
}

interface Release {
  readonly replicaSet: ObservedObject;
  readonly pods: readonly Pod[];
}

/** One that runs, and where. */
export interface RunningPod {
  readonly namespace: string;
  readonly workload: string;
  readonly pod: string;
  readonly ip: string;
}

interface Pod {
  readonly meta: Meta;
  readonly facts: Parameters<typeof podObject>[1];
}

/**
 * A mesh of so many services that tells of itself as a cluster does: each service with its Deployment, ReplicaSet, service account
 * and three pods, every second one with a Server, every fourth with an AuthorizationPolicy. Life goes on for as long as
 * someone wants more of it; the same numbers always give the same mesh and the same life.
 */
export class ToldMesh {
  readonly #still: ObservedObject[] = [];
  readonly #workloads: Workload[] = [];
  readonly #random = generator(1);
  #names = 0;

  constructor(
    readonly services: number,
    private readonly servicesPerNamespace = 20,
  ) {
    for (let index = 0; index < services; index += 1) this.#addService(index);
  }

  /** `more`, asked when all that was told is taken, says whether life goes on; when it does not, `run` waits for its signal. */
  source(more: () => Promise<boolean>): ClusterSource {
    return {
      scope: 'all',
      identity: () => Promise.resolve({ source: 'kubernetes', id: `told-${this.services}` }),
      run: async (observer, signal) => {
        this.#tellAll(observer);
        while ((await more()) && !signal.aborted) await this.#live(observer, more);
        if (!signal.aborted)
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    };
  }

  /** The first pod of each workload, as it is now. */
  runningPods(): RunningPod[] {
    return this.#workloads.map(({ namespace, name, release }) => {
      const [first] = release.pods;
      if (first?.facts.ip === undefined) throw new Error(`${namespace}/${name} has no address`);
      return { namespace, workload: name, pod: first.meta.name, ip: first.facts.ip };
    });
  }

  #tellAll(observer: ClusterObserver): void {
    const all = [
      ...this.#still,
      ...this.#workloads.flatMap(({ release }) => [release.replicaSet, ...release.pods.map(observedPod)]),
    ];
    for (const kind of resourceKinds) {
      observer.phaseChanged(kind, 'syncing', 'listing');
      observer.listed(
        kind,
        all.filter((object) => object.kind === kind),
      );
      observer.phaseChanged(kind, 'live', 'watching');
    }
  }

  /** About 1,000 events. An observer may skip states that are told before it took the last, hence the pauses. */
  async #live(observer: ClusterObserver, taken: () => Promise<boolean>): Promise<void> {
    const rollouts = this.#pick(this.#workloads, rolloutsPerRound);
    const born: Pod[] = [];
    for (const workload of rollouts) {
      observer.deleted(lifeOf(workload.release.replicaSet));
      for (const pod of workload.release.pods) observer.deleted(lifeOf(observedPod(pod)));
      workload.release = this.#release(workload.namespace, workload.name);
      const { replicaSet, pods } = workload.release;
      observer.observed(replicaSet);
      for (const pod of pods) observer.observed(observedPod({ ...pod, facts: pending(pod.facts) }));
      born.push(...pods);
    }
    const rolling = new Set(rollouts);
    const steady = this.#workloads.filter((workload) => !rolling.has(workload));
    const flapping = this.#pick(steady, flapsPerRound).flatMap(({ release }) => release.pods.slice(0, 1));
    for (const pod of flapping) observer.observed(this.#changed(pod, false));
    await taken();
    for (const pod of born) observer.observed(this.#changed(pod, false));
    for (const pod of flapping) observer.observed(this.#changed(pod, true));
    await taken();
    for (const pod of born) observer.observed(this.#changed(pod, true));
    await taken();
  }

  #addService(index: number): void {
    const team = Math.floor(index / this.servicesPerNamespace);
    const namespace = `team-${team}`;
    const name = `${words[index % words.length] ?? 'service'}-${index % this.servicesPerNamespace}`;
    const still = (objectKind: string, raw: RawObject) => this.#still.push(observed(objectKind, raw));
    if (index % this.servicesPerNamespace === 0) {
      still('Namespace', namespaceObject(this.#meta('', namespace)));
      still('ServiceAccount', bareObject(this.#meta(namespace, 'default')));
    }
    still('ServiceAccount', bareObject(this.#meta(namespace, name)));
    still('Service', serviceObject(this.#meta(namespace, name), address(10, index)));
    still('Deployment', bareObject(this.#meta(namespace, name)));
    if (index % 2 === 0) still('Server', serverObject(this.#meta(namespace, name)));
    if (index % 4 === 0) {
      const identity = (caller: string) =>
        `${caller}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
      still(
        'MeshTLSAuthentication',
        authenticationObject(this.#meta(namespace, name), words.slice(0, 4).map(identity)),
      );
      still('AuthorizationPolicy', policyOf(this.#meta(namespace, name)));
    }
    this.#workloads.push({ namespace, name, release: this.#release(namespace, name) });
  }

  #release(namespace: string, name: string): Release {
    const templateHash = this.#name(9);
    const meta = this.#meta(namespace, `${name}-${templateHash}`);
    const pods = Array.from({ length: podsPerWorkload }, () => ({
      meta: this.#meta(namespace, `${name}-${templateHash}-${this.#name(5)}`),
      facts: {
        workload: name,
        templateHash,
        replicaSetUid: meta.uid,
        node: `node-${this.#below(200)}`,
        ip: address(172, this.#below(2 ** 20)),
        ready: true,
      },
    }));
    const owner = { kind: 'Deployment', name, uid: `uid-of-${namespace}-${name}` };
    return { replicaSet: observed('ReplicaSet', bareObject(meta, owner)), pods };
  }

  #changed({ meta, facts }: Pod, ready: boolean): ObservedObject {
    return observedPod({ meta: { ...meta, resourceVersion: this.#version() }, facts: { ...facts, ready } });
  }

  #meta(namespace: string, name: string): Meta {
    const resourceVersion = this.#version();
    const uid = `${hex(this.#below(2 ** 32), 8)}-1f3a-4c8b-9d2e-${hex(this.#names, 12)}`;
    return { ...(namespace !== '' && { namespace }), name, uid, resourceVersion };
  }

  #version(): string {
    return String(1000 + (this.#names += 1));
  }

  #name(length: number): string {
    return Array.from({ length }, () => alphabet[this.#below(alphabet.length)]).join('');
  }

  #pick<T>(from: readonly T[], count: number): T[] {
    const picked = new Set<T>();
    const wanted = Math.min(count, Math.ceil(from.length / 4));
    while (picked.size < wanted) picked.add(from[this.#below(from.length)]!);
    return [...picked];
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

const words = [
  'cart',
  'catalog',
  'checkout',
  'ledger',
  'mail',
  'orders',
  'payments',
  'pricing',
  'profile',
  'search',
  'stock',
];
/** Without vowels, as Kubernetes makes names. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const kinds = new Map(
  watchedKinds({}).flatMap((watched) =>
    watched.onlyNamed === undefined ? [[watched.objectKind, watched] as const] : [],
  ),
);

function observed(objectKind: string, raw: RawObject): ObservedObject {
  const object = observe(kinds.get(objectKind)!, raw);
  if ('problem' in object) throw new Error(`${objectKind}: ${object.problem.message}`);
  return object;
}

function observedPod({ meta, facts }: Pod): ObservedObject {
  return observed('Pod', podObject(meta, facts));
}

function pending({ ip: _, ...facts }: Pod['facts']): Pod['facts'] {
  return { ...facts, ready: false };
}

function lifeOf(object: ObservedObject) {
  return { key: object.key, uid: 'state' in object ? object.state.uid : object.uid };
}

function address(network: number, index: number): string {
  return `${network}.${16 + ((index >> 16) & 15)}.${(index >> 8) & 255}.${index & 255}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
