import type { ControllerState, OwnerRef, PodState, WorkloadRef } from '@mcp/mesh';
import { workloadOfPod } from '@mcp/mesh';
import { MultiMap } from './multi-map.js';

/** Something that owns pods or other owners: a controller of the log, or of a kind that the log does not follow. */
interface Owner extends OwnerRef {
  readonly namespace: string;
  controller?: ControllerState;
  /** How many pods it owns directly. */
  pods: number;
}

/** Which workload a pod, or what owns it, belongs to. Controllers that are gone count until they are forgotten. */
export class Owners {
  readonly #owners = new Map<string, Owner>();
  readonly #byName = new MultiMap<Owner>();
  /** By the uid of what owns a pod directly. */
  readonly #workloads = new Map<string, WorkloadRef>();

  observe(controller: ControllerState): void {
    this.#of(controller.namespace, controller).controller = controller;
    this.#workloads.clear();
  }

  forget(uid: string): void {
    const owner = this.#owners.get(uid);
    if (owner?.controller === undefined) return;
    delete owner.controller;
    this.#workloads.clear();
    this.#dropIfUnused(owner);
  }

  addPod({ namespace, owner }: Pick<PodState, 'namespace' | 'owner'>): void {
    if (owner !== undefined) this.#of(namespace, owner).pods += 1;
  }

  removePod({ owner }: Pick<PodState, 'owner'>): void {
    const known = owner && this.#owners.get(owner.uid);
    if (known === undefined) return;
    known.pods -= 1;
    this.#dropIfUnused(known);
  }

  /** The same object for pods that one owner has, until a controller changes. */
  workloadOf(pod: Pick<PodState, 'namespace' | 'name' | 'owner'>): WorkloadRef {
    const known = pod.owner && this.#workloads.get(pod.owner.uid);
    if (known !== undefined) return known;
    const { ref } = workloadOfPod(pod, (uid) => this.#owners.get(uid)?.controller);
    if (pod.owner !== undefined) this.#workloads.set(pod.owner.uid, ref);
    return ref;
  }

  /** The workload that an owner of this name belongs to; the newest one, and in any case of `kind`. Undefined where there is none. */
  workloadNamed(namespace: string, kind: string, name: string): WorkloadRef | undefined {
    const owner = this.#byName.get(keyOf(namespace, kind, name)).at(-1);
    return owner && this.workloadOf({ namespace, name, owner });
  }

  /** Whether there is one of this name that is not gone; of a kind that the log does not follow, one that has pods. */
  hasNamed(namespace: string, kind: string, name: string, gone: (uid: string) => boolean): boolean {
    return this.#byName
      .get(keyOf(namespace, kind, name))
      .some(({ uid, controller, pods }) => (controller === undefined ? pods > 0 : !gone(uid)));
  }

  #of(namespace: string, { kind, name, uid }: OwnerRef): Owner {
    let owner = this.#owners.get(uid);
    if (owner === undefined) {
      owner = { namespace, kind, name, uid, pods: 0 };
      this.#owners.set(uid, owner);
      this.#byName.add(keyOf(namespace, kind, name), owner);
    }
    return owner;
  }

  #dropIfUnused(owner: Owner): void {
    if (owner.controller !== undefined || owner.pods > 0) return;
    this.#owners.delete(owner.uid);
    this.#byName.delete(keyOf(owner.namespace, owner.kind, owner.name), owner);
    this.#workloads.delete(owner.uid);
  }
}

function keyOf(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}
