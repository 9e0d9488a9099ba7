import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { Registry } from './registry.js';
import { resources } from './resource-type.js';

/** Every pod that was created and not yet run gets an address, is running, and ready. */
export function runPendingPods(registry: Registry): void {
  const pods = registry.store.list(resources.Pod);
  const used = new Set(pods.map((pod) => statusOf(pod)['podIP']));
  for (const pod of pods.filter((candidate) => phaseOf(candidate) === 'Pending')) {
    const podIP = freeAddress(used);
    used.add(podIP);
    writeStatus(registry, pod, {
      phase: 'Running',
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: pod.metadata.creationTimestamp,
      conditions: [{ type: 'Ready', status: 'True' }],
    });
  }
}

/** The pod has done its work. */
export function markCompleted(registry: Registry, pod: KubernetesObject): void {
  const conditions = [{ type: 'Ready', status: 'False', reason: 'PodCompleted' }];
  writeStatus(registry, pod, { ...statusOf(pod), phase: 'Succeeded', conditions });
}

export function phaseOf(pod: KubernetesObject): unknown {
  return statusOf(pod)['phase'];
}

export function isReady(pod: KubernetesObject): boolean {
  return phaseOf(pod) === 'Running';
}

function writeStatus(registry: Registry, pod: KubernetesObject, status: JsonObject): void {
  const { namespace = '', name } = pod.metadata;
  const target = { type: resources.Pod, namespace, name };
  registry.update(target, { ...pod, status }, { manager: 'kubelet', subresource: 'status' });
}

function statusOf(pod: KubernetesObject): JsonObject {
  return isJsonObject(pod['status']) ? pod['status'] : {};
}

/** The first of 10.42.1.0 and following that no pod has. */
function freeAddress(used: ReadonlySet<unknown>): string {
  for (let number = 256; ; number++) {
    const address = `10.42.${number >> 8}.${number & 255}`;
    if (!used.has(address)) return address;
  }
}
