import { PodShapeTable } from '@mcp/events';
import type { PodState } from '@mcp/mesh';
import { isNewerLife } from '@mcp/mesh';
import type { KnownPod, RunsAs } from './known-pod.js';
import { holdsAddress } from './known-pod.js';
import { MultiMap } from './multi-map.js';

/** Told of each state of a pod, and of the end of the state before. */
interface PodListener {
  addPod(pod: KnownPod): void;
  removePod(pod: KnownPod): void;
}

/** The pods of the log by uid, name and address, those that are gone until they are forgotten. */
export class KnownPods {
  readonly #pods = new Map<string, KnownPod>();
  readonly #byName = new MultiMap<KnownPod>();
  readonly #byAddress = new MultiMap<KnownPod>();
  readonly #shapes = new PodShapeTable<RunsAs>();

  constructor(private readonly listeners: readonly PodListener[]) {}

  [Symbol.iterator](): Iterator<KnownPod> {
    return this.#pods.values();
  }

  observe({ uid, namespace, name, createdAt, ips, phase, ready, owner, shape }: PodState): void {
    const before = this.#pods.get(uid);
    this.#shapes.move(before?.gone === false ? before.shape : undefined, shape);
    const runsAs = this.#shapes.get(shape);
    this.#replace(before, {
      uid,
      namespace,
      name,
      createdAt,
      ips,
      phase,
      ready,
      shape,
      gone: false,
      ...(owner && { owner }),
      ...(runsAs && { runsAs }),
    });
  }

  recordShape(hash: string, { serviceAccount, meshed }: RunsAs): void {
    const runsAs = { serviceAccount, meshed };
    if (!this.#shapes.record(hash, runsAs)) return;
    for (const pod of [...this.#pods.values()])
      if (!pod.gone && pod.shape === hash) this.#replace(pod, { ...pod, runsAs });
  }

  bury(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod === undefined || pod.gone) return;
    this.#shapes.move(pod.shape, undefined);
    this.#replace(pod, { ...pod, gone: true });
  }

  forget(uid: string): void {
    const pod = this.#pods.get(uid);
    if (pod?.gone === true) this.#replace(pod, undefined);
  }

  named(namespace: string, name: string): readonly KnownPod[] {
    return this.#byName.get(`${namespace}/${name}`);
  }

  at(address: string): readonly KnownPod[] {
    return this.#byAddress.get(address);
  }

  #replace(before: KnownPod | undefined, after: KnownPod | undefined): void {
    // what is new comes before what it replaces goes, so that nothing is dropped in between that both need
    if (after !== undefined) {
      this.#pods.set(after.uid, after);
      this.#byName.add(`${after.namespace}/${after.name}`, after);
      for (const address of after.ips) this.#byAddress.add(address, after);
      for (const listener of this.listeners) listener.addPod(after);
    }
    if (before !== undefined) {
      if (after === undefined) this.#pods.delete(before.uid);
      this.#byName.delete(`${before.namespace}/${before.name}`, before);
      for (const address of before.ips) this.#byAddress.delete(address, before);
      for (const listener of this.listeners) listener.removePod(before);
    }
  }
}

/** Of several lives of one name the one that runs, then the newest. */
export function currentLife(lives: readonly KnownPod[]): KnownPod | undefined {
  return lives.reduce<KnownPod | undefined>((best, pod) => {
    if (best === undefined) return pod;
    if (holdsAddress(pod) !== holdsAddress(best)) return holdsAddress(pod) ? pod : best;
    return isNewerLife(pod, best) ? pod : best;
  }, undefined);
}
