import type { AnyRecordedEvent, Observation } from '@mcp/events';
import { isDeleted, isObserved, objectOfSubject, observationOf } from '@mcp/events';
import type { ResourceKind, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { ProxyClaim } from '@mcp/sources';
import { ExternalWorkloads } from './external-workloads.js';
import { Identities } from './identities.js';
import type { KnownPod } from './known-pod.js';
import { holdsAddress } from './known-pod.js';
import { currentLife, KnownPods } from './known-pods.js';
import { Owners } from './owners.js';
import { Tombstones } from './tombstones.js';

/** Why a proxy is not taken for the pod that its scrape labels claim. */
export type Mistrust =
  'pod-unknown' | 'address-differs' | 'address-unknown' | 'address-reused' | 'out-of-scope';

/**
 * Who is who in telemetry, by the log's own knowledge: pods, what owns them, and which identities they prove. A fold of events; it holds
 * no clock. What is gone is remembered for at least 15 minutes of the log's time, since metrics outlive pods, but for not more than
 * 20,000 objects; what was gone before a trimmed log begins is not remembered.
 *
 * Taking an event costs some microseconds; no question takes longer with more pods, but for `pods`.
 */
export class PodDirectory {
  readonly #owners = new Owners();
  readonly #identities = new Identities();
  readonly #pods = new KnownPods([this.#owners, this.#identities]);
  readonly #externals = new ExternalWorkloads();
  readonly #egressNetworks = new Map<string, string>();
  readonly #tombstones = new Tombstones();
  #scope: readonly string[] | 'all' = 'all';

  evolve(event: AnyRecordedEvent): void {
    for (const uid of this.#tombstones.takeExpired(event.recordedAt)) this.#forget(uid);
    if (isObserved(event)) this.#observe(observationOf(event));
    else if (isDeleted(event)) {
      const object = objectOfSubject(event.subject);
      if (object === undefined) throw new Error(`a deletion of ${event.subject}, which is not an object`);
      this.#remove(object.kind, object.uid, event.recordedAt);
    } else if (event.type === 'ObjectUnreadable')
      this.#remove(event.data.key.kind, event.data.uid, event.recordedAt);
    else if (event.type === 'PodShapeObserved') this.#pods.recordShape(event.data.hash, event.data);
    else if (event.type === 'ScopeDeclared') this.#scope = event.data.namespaces;
  }

  /** All that are not gone, those that have finished included. */
  *pods(): Generator<KnownPod> {
    for (const pod of this.#pods) if (!pod.gone) yield pod;
  }

  /** The same object for pods that one owner has, until a controller changes. */
  workloadOf(pod: KnownPod): WorkloadRef {
    return this.#owners.workloadOf(pod);
  }

  /**
   * The workload to which a controller, or the owner of pods of any kind, belongs: of a ReplicaSet its Deployment, of a Job its CronJob.
   * The case of `kind` does not matter. Undefined where the log has none of that name.
   */
  workloadNamed(namespace: string, kind: string, name: string): WorkloadRef | undefined {
    return kind.toLowerCase() === 'externalworkload'
      ? this.#externals.named(namespace, name)
      : this.#owners.workloadNamed(namespace, kind, name);
  }

  /** Whether nothing of this workload is in the cluster any more. False where the log does not look at its namespace. */
  isGone({ namespace, kind, name }: WorkloadRef): boolean {
    if (!this.inScope(namespace)) return false;
    const gone = (uid: string): boolean => this.#tombstones.has(uid);
    if (kind === 'ExternalWorkload') return !this.#externals.hasNamed(namespace, name, gone);
    if (kind === 'Pod') return this.#pods.named(namespace, name).every((pod) => pod.gone);
    return !this.#owners.hasNamed(namespace, kind, name, gone);
  }

  /** The workload of a pod by its name alone. */
  workloadOfPodNamed(namespace: string, name: string): WorkloadRef | undefined {
    const pod = currentLife(this.#pods.named(namespace, name));
    return pod && this.workloadOf(pod);
  }

  /**
   * The workloads that run as this identity, each once; where none runs now, those that did until lately, such as the last run of a
   * CronJob. None for an identity of another mesh, or while the settings of the control plane are not known.
   */
  workloadsRunningAs(identity: string): readonly WorkloadRef[] {
    const workloads = new Map<string, WorkloadRef>();
    for (const pod of this.#identities.podsProving(identity)) {
      const workload = this.workloadOf(pod);
      workloads.set(formatWorkloadRef(workload), workload);
    }
    return [...workloads.values(), ...this.#externals.proving(identity)];
  }

  /**
   * The pod that a proxy is, where its name, namespace and address agree with the log. All three come from scrape labels, which whoever
   * labels a pod can write.
   */
  podOf({ namespace, pod: name, address }: ProxyClaim): KnownPod | Mistrust {
    const lives = this.#pods.named(namespace, name);
    if (lives.length === 0) return this.inScope(namespace) ? 'pod-unknown' : 'out-of-scope';
    if (address === '' || lives.every(({ ips }) => ips.length === 0)) return 'address-unknown';
    const pod = currentLife(lives.filter(({ ips }) => ips.includes(address)));
    if (pod === undefined) return 'address-differs';
    const reused = !holdsAddress(pod) && this.#pods.at(address).some(holdsAddress);
    return reused ? 'address-reused' : pod;
  }

  /** As `namespace/name`. */
  hasEgressNetwork(named: string): boolean {
    return [...this.#egressNetworks.values()].includes(named);
  }

  get hasEgressNetworks(): boolean {
    return this.#egressNetworks.size > 0;
  }

  inScope(namespace: string): boolean {
    return this.#scope === 'all' || this.#scope.includes(namespace);
  }

  /** Undefined while it is not known. */
  get controlPlaneNamespace(): string | undefined {
    return this.#identities.controlPlane?.controlPlaneNamespace;
  }

  #observe({ kind, state }: Observation): void {
    switch (kind) {
      case 'Pod':
        this.#tombstones.revive(state.uid);
        this.#pods.observe(state);
        return;
      case 'Controller':
        this.#tombstones.revive(state.uid);
        this.#owners.observe(state);
        return;
      case 'ExternalWorkload':
        this.#tombstones.revive(state.uid);
        this.#externals.observe(state);
        return;
      case 'EgressNetwork':
        this.#egressNetworks.set(state.uid, `${state.namespace}/${state.name}`);
        return;
      case 'ControlPlane':
        this.#identities.observe(state);
        return;
      default:
    }
  }

  /** What cannot be read any more is remembered as what is gone is. */
  #remove(kind: ResourceKind, uid: string, at: number): void {
    switch (kind) {
      case 'Pod':
        this.#pods.bury(uid);
        this.#tombstones.bury(uid, at);
        return;
      case 'Controller':
      case 'ExternalWorkload':
        this.#tombstones.bury(uid, at);
        return;
      case 'EgressNetwork':
        this.#egressNetworks.delete(uid);
        return;
      case 'ControlPlane':
        this.#identities.forget(uid);
        return;
      default:
    }
  }

  #forget(uid: string): void {
    this.#pods.forget(uid);
    this.#owners.forget(uid);
    this.#externals.forget(uid);
  }
}
