import type { ExternalWorkloadState, WorkloadRef } from '@mcp/mesh';
import { MultiMap } from './multi-map.js';

/** Machines out of the cluster that are of the mesh, by name and by the identity that they prove. */
export class ExternalWorkloads {
  readonly #byUid = new Map<string, ExternalWorkloadState>();
  readonly #byName = new MultiMap<ExternalWorkloadState>();
  readonly #byIdentity = new MultiMap<ExternalWorkloadState>();

  observe(external: ExternalWorkloadState): void {
    this.forget(external.uid);
    this.#byUid.set(external.uid, external);
    this.#byName.add(`${external.namespace}/${external.name}`, external);
    this.#byIdentity.add(external.identity, external);
  }

  forget(uid: string): void {
    const external = this.#byUid.get(uid);
    if (external === undefined) return;
    this.#byUid.delete(uid);
    this.#byName.delete(`${external.namespace}/${external.name}`, external);
    this.#byIdentity.delete(external.identity, external);
  }

  named(namespace: string, name: string): WorkloadRef | undefined {
    return this.#byName.get(`${namespace}/${name}`).map(workloadOf)[0];
  }

  hasNamed(namespace: string, name: string, gone: (uid: string) => boolean): boolean {
    return this.#byName.get(`${namespace}/${name}`).some(({ uid }) => !gone(uid));
  }

  proving(identity: string): readonly WorkloadRef[] {
    return this.#byIdentity.get(identity).map(workloadOf);
  }
}

function workloadOf({ namespace, name }: ExternalWorkloadState): WorkloadRef {
  return { namespace, kind: 'ExternalWorkload', name };
}
