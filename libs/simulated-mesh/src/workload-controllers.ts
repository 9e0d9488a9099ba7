import { canonicalJson, deepEqual } from '@mcp/mesh';

import type { PodTemplate } from './injector.js';
import { inject, podTemplateOf } from './injector.js';
import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import { isReady, markCompleted, runPendingPods } from './kubelet.js';
import type { Random } from './random.js';
import { shortHash } from './random.js';
import type { Registry } from './registry.js';
import type { ResourceType } from './resource-type.js';
import { resources } from './resource-type.js';
import { ApiFault } from './status.js';

const manager = 'kube-controller-manager';
const nodes: readonly string[] = ['node-a', 'node-b', 'node-c'];

/** How many earlier ReplicaSets a Deployment keeps. */
const keptRevisions = 2;

/**
 * The controllers that turn workloads into pods, and the kubelet that runs them, at a pace a person can follow: a step
 * moves each workload by one pod at most. A Deployment rolls by one pod more than it wants.
 */
export class WorkloadControllers {
  constructor(
    private readonly registry: Registry,
    private readonly random: Random,
    private readonly now: () => number,
  ) {}

  /** Returns whether anything moved; when nothing does, every workload is as it should be. */
  step(): boolean {
    const before = this.registry.store.resourceVersion;
    runPendingPods(this.registry);
    this.#each(resources.Deployment, (deployment, template) => this.#stepDeployment(deployment, template));
    this.#each(resources.StatefulSet, (set, template) => {
      const wanted = Array.from(
        { length: replicasOf(set) },
        (_, ordinal) => `${set.metadata.name}-${ordinal}`,
      );
      this.#stepNamedPods(resources.StatefulSet, set, template, wanted, () => undefined);
    });
    this.#each(resources.DaemonSet, (set, template) => {
      const wanted = nodes.map(
        (node) => `${set.metadata.name}-${shortHash(`${set.metadata.uid}/${node}`, 5)}`,
      );
      this.#stepNamedPods(resources.DaemonSet, set, template, wanted, (ordinal) => nodes[ordinal]);
    });
    this.#each(resources.Job, (job, template) => this.#stepJob(job, template));
    return this.registry.store.resourceVersion !== before;
  }

  /** Starts a run of each CronJob, and forgets all but its last three runs. */
  startCronJobs(): void {
    this.#each(resources.CronJob, (cronJob) => {
      const { namespace = '', name } = cronJob.metadata;
      const spec = cronJob['spec'];
      const jobTemplate = isJsonObject(spec) ? spec['jobTemplate'] : undefined;
      if (!isJsonObject(jobTemplate) || !isJsonObject(jobTemplate['spec'])) return;
      const scheduled = Math.floor(this.now() / 1000);
      this.#create(resources.Job, namespace, {
        metadata: { name: `${name}-${scheduled}`, ownerReferences: [ownerReference(cronJob)] },
        spec: jobTemplate['spec'],
      });
      for (const job of this.#ownedBy(resources.Job, cronJob).slice(0, -3)) this.#delete(resources.Job, job);
    });
  }

  /** A user may have written anything: what one workload cannot do does not stop the others. */
  #each(type: ResourceType, act: (object: KubernetesObject, template: PodTemplate) => void): void {
    for (const object of this.#list(type)) {
      const template = podTemplateOf(object) ?? (type === resources.CronJob ? emptyTemplate : undefined);
      if (template === undefined) continue;
      try {
        act(object, template);
      } catch (error) {
        if (!(error instanceof ApiFault)) throw error;
      }
    }
  }

  #stepDeployment(deployment: KubernetesObject, template: PodTemplate): void {
    const { namespace = '', name } = deployment.metadata;
    const wanted = replicasOf(deployment);
    const hash = shortHash(canonicalJson(template), 9);
    const sets = this.#ownedBy(resources.ReplicaSet, deployment);
    const current =
      sets.find((set) => set.metadata.labels?.['pod-template-hash'] === hash) ??
      this.#create(resources.ReplicaSet, namespace, {
        metadata: {
          name: `${name}-${hash}`,
          labels: { ...template.metadata.labels, 'pod-template-hash': hash },
          ownerReferences: [ownerReference(deployment)],
        },
        spec: { replicas: 0, selector: {}, template },
      });
    const earlier = sets.filter((set) => set !== current);
    const fresh = this.#ownedBy(resources.Pod, current);
    const old = earlier.flatMap((set) => this.#ownedBy(resources.Pod, set));
    const total = fresh.length + old.length;

    if (fresh.length < wanted && total <= wanted) {
      const metadata = {
        labels: { ...template.metadata.labels, 'pod-template-hash': hash },
        annotations: template.metadata.annotations,
      };
      this.#createPod(
        current,
        `${current.metadata.name}-${this.random.suffix(5)}`,
        { ...template, metadata },
        {
          kind: 'Deployment',
          name,
        },
      );
    } else if (total > wanted) {
      const surplus = old[0] ?? fresh.at(-1);
      if (surplus !== undefined) this.#delete(resources.Pod, surplus);
    }
    for (const set of [...earlier, current]) this.#setReplicas(resources.ReplicaSet, set);
    const idle = earlier.filter((set) => this.#ownedBy(resources.Pod, set).length === 0);
    for (const set of idle.slice(0, -keptRevisions)) this.#delete(resources.ReplicaSet, set);
    this.#writeReplicaStatus(resources.Deployment, deployment, [...fresh, ...old]);
  }

  /** Pods with names of their own: adds the first that is missing, or else removes one that is too many. */
  #stepNamedPods(
    type: ResourceType,
    owner: KubernetesObject,
    template: PodTemplate,
    wanted: readonly string[],
    nodeOf: (ordinal: number) => string | undefined,
  ): void {
    const pods = this.#ownedBy(resources.Pod, owner);
    const present = new Set(pods.map(({ metadata }) => metadata.name));
    const ordinal = wanted.findIndex((name) => !present.has(name));
    const missing = wanted[ordinal];
    const surplus = pods.find(({ metadata }) => !wanted.includes(metadata.name));
    if (missing !== undefined) {
      this.#createPod(
        owner,
        missing,
        template,
        { kind: type.kind, name: owner.metadata.name },
        nodeOf(ordinal),
      );
    } else if (surplus !== undefined) {
      this.#delete(resources.Pod, surplus);
    }
    this.#writeReplicaStatus(type, owner, pods);
  }

  /** A job has one pod, which runs for a step and has then succeeded. */
  #stepJob(job: KubernetesObject, template: PodTemplate): void {
    const [pod] = this.#ownedBy(resources.Pod, job);
    const status = isJsonObject(job['status']) ? job['status'] : {};
    if (status['succeeded'] !== undefined) return;
    if (pod === undefined) {
      const name = `${job.metadata.name}-${this.random.suffix(5)}`;
      this.#createPod(job, name, template, { kind: 'Job', name: job.metadata.name });
    } else if (status['ready'] === 1) {
      markCompleted(this.registry, pod);
      this.#writeStatus(resources.Job, job, {
        succeeded: 1,
        conditions: [{ type: 'Complete', status: 'True' }],
      });
    } else {
      this.#writeStatus(resources.Job, job, { active: 1, ready: isReady(pod) ? 1 : 0 });
    }
  }

  #createPod(
    owner: KubernetesObject,
    name: string,
    template: PodTemplate,
    workload: { readonly kind: string; readonly name: string },
    node = nodes[this.random.below(nodes.length)],
  ): void {
    const { namespace = '' } = owner.metadata;
    const home = this.registry.store.get(resources.Namespace, '', namespace);
    const { metadata, spec } = inject(template, home, workload);
    this.#create(resources.Pod, namespace, {
      metadata: { ...metadata, name, ownerReferences: [ownerReference(owner)] },
      spec: { serviceAccountName: 'default', ...spec, nodeName: node },
    });
  }

  #setReplicas(type: ResourceType, set: KubernetesObject): void {
    const pods = this.#ownedBy(resources.Pod, set);
    const live = this.#live(type, set);
    if (live === undefined) return;
    if (replicasOf(live) !== pods.length) {
      this.registry.merge(nameOf(type, live), { spec: { replicas: pods.length } }, { manager });
    }
    this.#writeReplicaStatus(type, live, pods);
  }

  #writeReplicaStatus(type: ResourceType, object: KubernetesObject, pods: readonly KubernetesObject[]): void {
    const ready = pods.filter(isReady).length;
    this.#writeStatus(
      type,
      object,
      type === resources.DaemonSet
        ? { desiredNumberScheduled: nodes.length, currentNumberScheduled: pods.length, numberReady: ready }
        : { replicas: pods.length, readyReplicas: ready, availableReplicas: ready },
    );
  }

  #writeStatus(type: ResourceType, object: KubernetesObject, status: JsonObject): void {
    const live = this.#live(type, object);
    if (live === undefined || deepEqual(live['status'], status)) return;
    this.registry.update(nameOf(type, live), { ...live, status }, { manager, subresource: 'status' });
  }

  #live(type: ResourceType, { metadata }: KubernetesObject): KubernetesObject | undefined {
    return this.registry.store.get(type, metadata.namespace ?? '', metadata.name);
  }

  #create(type: ResourceType, namespace: string, manifest: JsonObject): KubernetesObject {
    const apiVersion = type.group === '' ? 'v1' : `${type.group}/${type.versions[0]}`;
    return this.registry.create(type, namespace, { apiVersion, kind: type.kind, ...manifest }, { manager });
  }

  #delete(type: ResourceType, object: KubernetesObject): void {
    this.registry.delete(nameOf(type, object));
  }

  #list(type: ResourceType): readonly KubernetesObject[] {
    return this.registry.store.list(type);
  }

  /** Oldest first. */
  #ownedBy(type: ResourceType, owner: KubernetesObject): readonly KubernetesObject[] {
    return this.registry.store
      .list(type, owner.metadata.namespace)
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
      .sort((a, b) => compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp));
  }
}

const emptyTemplate: PodTemplate = { metadata: { labels: {}, annotations: {} }, spec: {} };

function nameOf(
  type: ResourceType,
  { metadata }: KubernetesObject,
): { type: ResourceType; namespace: string; name: string } {
  return { type, namespace: metadata.namespace ?? '', name: metadata.name };
}

function ownerReference({ apiVersion, kind, metadata }: KubernetesObject): JsonObject {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function replicasOf(object: KubernetesObject): number {
  const replicas = (object['spec'] as JsonObject)['replicas'];
  return typeof replicas === 'number' && replicas >= 0 ? replicas : 1;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
