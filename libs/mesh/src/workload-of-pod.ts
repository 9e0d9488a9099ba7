import type { ControllerState, PodState } from './workload-objects.js';
import type { WorkloadRef } from './workload-ref.js';

/**
 * The workload that a pod runs for: the top of its owners, as far up as they are known. `hasController`: the object at the top is known
 * itself. A pod that nothing owns is its own workload.
 */
export function workloadOfPod(
  pod: Pick<PodState, 'namespace' | 'name' | 'owner'>,
  controllerOf: (uid: string) => Pick<ControllerState, 'owner'> | undefined,
): { readonly ref: WorkloadRef; readonly hasController: boolean } {
  const { namespace } = pod;
  if (pod.owner === undefined)
    return { ref: { namespace, kind: 'Pod', name: pod.name }, hasController: true };
  let owner = pod.owner;
  const seen = new Set<string>();
  for (;;) {
    const controller = controllerOf(owner.uid);
    const { kind, name } = owner;
    if (controller?.owner === undefined || seen.has(owner.uid))
      return { ref: { namespace, kind, name }, hasController: controller !== undefined };
    seen.add(owner.uid);
    owner = controller.owner;
  }
}
