import type { ObjectStore } from '../object-store.js';
import { PolicyController } from '../policy-controller.js';
import { seededRandom, uidFrom } from '../random.js';
import { Registry } from '../registry.js';
import { WorkloadControllers } from '../workload-controllers.js';
import { controlPlane } from './control-plane.js';
import { ledger, payments } from './money.js';
import type { SceneObject } from './scene-object.js';
import { shop } from './shop.js';
import { surroundings } from './surroundings.js';

/** When the mesh was set up: the same at every start, so that a log of an earlier run still fits. */
const setUpAt = Date.UTC(2026, 0, 12, 9, 0, 0);

/** Enough for the largest workload: a step adds one pod. */
const maxSteps = 100;

/**
 * Fills an empty store with the mesh of this seed: the same objects, names, uids and times at every start; only the
 * resource versions are the store's own.
 */
export function buildScene(store: ObjectStore, seed: string): void {
  let elapsedMs = 0;
  const now = (): number => setUpAt + (elapsedMs += 250);
  const registry = new Registry(store, {
    now,
    uidOf: ({ type, namespace, name }) => uidFrom(`${seed}/${type.group}/${type.kind}/${namespace}/${name}`),
  });
  for (const { type, namespace, manifest, manager } of sceneObjects(seed)) {
    const { name } = manifest['metadata'] as { readonly name: string };
    registry.apply({ type, namespace, name }, manifest, { manager });
  }
  const workloads = new WorkloadControllers(registry, seededRandom(`${seed}/scene`), now);
  for (let step = 0; step < maxSteps && workloads.step(); step++);
  new PolicyController(registry, now).reconcile();
}

function sceneObjects(seed: string): readonly SceneObject[] {
  return [...controlPlane(seed), ...shop(), ...payments(), ...ledger(), ...surroundings()];
}
