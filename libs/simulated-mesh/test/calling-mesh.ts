import type { CounterSeen, RequestsSeen, TrafficReading } from '@mcp/sources';
import type { KubernetesObject } from '../src/kubernetes-object.js';
import { Life } from '../src/life.js';
import { ObjectStore } from '../src/object-store.js';
import { PolicyController } from '../src/policy-controller.js';
import { seededRandom, uidFrom } from '../src/random.js';
import { Registry } from '../src/registry.js';
import type { ResourceType } from '../src/resource-type.js';
import { resources, storedApiVersion } from '../src/resource-type.js';
import { buildScene } from '../src/scene/build-scene.js';
import { sceneFlows } from '../src/scene/flows.js';
import type { Decider } from '../src/traffic/decider.js';
import { decideByPolicy } from '../src/traffic/decider.js';
import { readingOf } from '../src/traffic/reading.js';
import { Traffic } from '../src/traffic/traffic.js';
import { WorkloadControllers } from '../src/workload-controllers.js';

const by = { manager: 'tester' };

/** The scene, its life and its traffic, on a clock that stands until it is moved. */
export class CallingMesh {
  now = Date.UTC(2026, 10, 22);
  readonly store = new ObjectStore({ firstResourceVersion: 0, historyLimit: 100 });
  readonly registry: Registry;
  readonly traffic: Traffic;
  readonly #life: Life;
  readonly #policyController: PolicyController;
  readonly #stop: () => void;

  constructor({ decider = decideByPolicy, seed = 'seed' }: { decider?: Decider; seed?: string } = {}) {
    buildScene(this.store, seed);
    const now = () => this.now;
    this.registry = new Registry(this.store, {
      now,
      uidOf: ({ name }, version) => uidFrom(`${name}/${version}`),
    });
    const workloads = new WorkloadControllers(this.registry, seededRandom(`${seed}/pods`), now);
    this.#life = new Life(this.registry, workloads, seededRandom(`${seed}/life`));
    this.#policyController = new PolicyController(this.registry, now);
    this.traffic = new Traffic(this.store, { flows: sceneFlows, decider, now });
    this.#stop = this.traffic.start();
  }

  /** Second by second, as its own timer would. */
  passSeconds(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.now += 1000;
      this.traffic.advance();
    }
  }

  /** One step of life. */
  step(): void {
    this.#life.step();
    this.traffic.advance();
  }

  apply(type: ResourceType, namespace: string, name: string, spec: unknown): void {
    const known = this.store.get(type, namespace, name);
    if (known === undefined)
      this.registry.create(
        type,
        namespace,
        { apiVersion: storedApiVersion(type), kind: type.kind, metadata: { name }, spec },
        by,
      );
    else this.registry.update({ type, namespace, name }, { ...known, spec }, by);
    this.#policyController.reconcile();
  }

  delete(type: ResourceType, namespace: string, name: string): KubernetesObject {
    const known = this.store.get(type, namespace, name);
    if (known === undefined) throw new Error(`there is no ${type.kind} ${namespace}/${name}`);
    this.registry.delete({ type, namespace, name });
    this.#policyController.reconcile();
    return known;
  }

  pods(namespace: string, app: string): readonly string[] {
    return this.store
      .list(resources.Pod, namespace)
      .filter(({ metadata }) => metadata.labels?.['app'] === app)
      .map(({ metadata }) => metadata.name);
  }

  read(): TrafficReading {
    this.traffic.advance();
    return readingOf(this.traffic, { latency: true });
  }

  close(): void {
    this.#stop();
  }
}

/** What the proxies of the app decided, added up: by what, and the service account of the client or its class. */
export function decisionsOf(reading: TrafficReading, app: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { serving, what, client, route, value } of reading.counters) {
    if (!serving.pod.startsWith(`${app}-`) || route?.name === 'probe' || route?.name.endsWith('-probes'))
      continue;
    const name = `${what} ${clientOf({ client })}`;
    sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

export function clientOf({ client }: Pick<CounterSeen, 'client'>): string {
  return client.kind === 'identity' ? (client.identity.split('.')[0] ?? '') : client.kind;
}

/** What the clients of one app saw of another, added up. */
export function requestsBetween(
  reading: TrafficReading,
  from: string,
  to: string,
): Record<'success' | 'failure', number> {
  const rows = reading.requests.filter(
    ({ client, destination }) =>
      client.pod.startsWith(`${from}-`) && (destination.workload?.name ?? destination.service) === to,
  );
  const sum = (field: keyof RequestsSeen) =>
    rows.reduce((total, row) => total + ((row[field] as number | undefined) ?? 0), 0);
  return { success: sum('successPerSecond'), failure: sum('failurePerSecond') };
}
