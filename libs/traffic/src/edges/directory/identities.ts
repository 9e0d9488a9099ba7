import type { ControlPlaneState } from '@mcp/mesh';
import { isNewerLife } from '@mcp/mesh';
import type { KnownPod } from './known-pod.js';
import { holdsAddress } from './known-pod.js';

/** Pods of one owner that run as one service account; any of them tells which workload they are of. */
interface Runners {
  any: KnownPod;
  running: number;
  ended: number;
}

/** Which meshed pods prove which identity. */
export class Identities {
  /** By service account, then by what owns the pods. */
  readonly #runners = new Map<string, Map<string, Runners>>();
  readonly #controlPlanes = new Map<string, ControlPlaneState>();

  observe(controlPlane: ControlPlaneState): void {
    this.#controlPlanes.set(controlPlane.uid, controlPlane);
  }

  forget(uid: string): void {
    this.#controlPlanes.delete(uid);
  }

  get controlPlane(): ControlPlaneState | undefined {
    let newest: ControlPlaneState | undefined;
    for (const other of this.#controlPlanes.values())
      if (newest === undefined || isNewerLife(other, newest)) newest = other;
    return newest;
  }

  addPod(pod: KnownPod): void {
    if (pod.runsAs?.meshed !== true) return;
    const account = accountOf(pod.namespace, pod.runsAs.serviceAccount);
    const owner = pod.owner?.uid ?? pod.uid;
    let byOwner = this.#runners.get(account);
    if (byOwner === undefined) this.#runners.set(account, (byOwner = new Map<string, Runners>()));
    const runners = byOwner.get(owner) ?? { any: pod, running: 0, ended: 0 };
    byOwner.set(owner, runners);
    runners.any = pod;
    runners[holdsAddress(pod) ? 'running' : 'ended'] += 1;
  }

  removePod(pod: KnownPod): void {
    if (pod.runsAs?.meshed !== true) return;
    const account = accountOf(pod.namespace, pod.runsAs.serviceAccount);
    const owner = pod.owner?.uid ?? pod.uid;
    const byOwner = this.#runners.get(account);
    const runners = byOwner?.get(owner);
    if (byOwner === undefined || runners === undefined) return;
    runners[holdsAddress(pod) ? 'running' : 'ended'] -= 1;
    if (runners.running + runners.ended > 0) return;
    byOwner.delete(owner);
    if (byOwner.size === 0) this.#runners.delete(account);
  }

  /** A pod of each owner whose pods prove the identity; where none runs now, of those whose pods did until lately. */
  podsProving(identity: string): readonly KnownPod[] {
    const account = this.#accountNamed(identity);
    const runners = account === undefined ? [] : [...(this.#runners.get(account)?.values() ?? [])];
    const running = runners.filter((of) => of.running > 0);
    return (running.length > 0 ? running : runners).map(({ any }) => any);
  }

  #accountNamed(identity: string): string | undefined {
    const { controlPlaneNamespace, trustDomain } = this.controlPlane ?? {};
    if (controlPlaneNamespace === undefined || trustDomain === undefined) return undefined;
    const end = `.serviceaccount.identity.${controlPlaneNamespace}.${trustDomain}`;
    if (!identity.endsWith(end)) return undefined;
    const account = identity.slice(0, -end.length);
    // the name of a service account may have dots, that of a namespace has none
    const dot = account.lastIndexOf('.');
    return dot < 1 ? undefined : accountOf(account.slice(dot + 1), account.slice(0, dot));
  }
}

function accountOf(namespace: string, serviceAccount: string): string {
  return `${namespace}/${serviceAccount}`;
}
