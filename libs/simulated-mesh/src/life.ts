import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { Random } from './random.js';
import type { Registry } from './registry.js';
import { resources } from './resource-type.js';
import { replicaBoundsAnnotation } from './scene/scene-object.js';
import type { WorkloadControllers } from './workload-controllers.js';

/** A step is five minutes of the mesh's own time, so that an hourly job runs at every twelfth. */
const stepsPerHour = 12;

/** Of a hundred steps so many scale a Deployment, and so many roll one. */
const scalePercent = 30;
const rollPercent = 10;

/**
 * What happens in the mesh by itself: Deployments that say within which bounds scale and get new versions, the hourly
 * jobs run, and the controllers follow. The same seed gives the same life, as long as nobody else writes.
 */
export class Life {
  #steps = 0;

  constructor(
    private readonly registry: Registry,
    private readonly workloads: WorkloadControllers,
    private readonly random: Random,
  ) {}

  step(): void {
    this.#steps += 1;
    if (this.#steps % stepsPerHour === 0) this.workloads.startCronJobs();
    const chance = this.random.below(100);
    const deployment = this.random.pick(this.#lively());
    if (deployment !== undefined && chance < scalePercent) this.#scale(deployment);
    else if (deployment !== undefined && chance < scalePercent + rollPercent) this.#roll(deployment);
    this.workloads.step();
  }

  #lively(): readonly KubernetesObject[] {
    return this.registry.store
      .list(resources.Deployment)
      .filter((deployment) => boundsOf(deployment) !== undefined && isJsonObject(deployment['spec']));
  }

  #scale(deployment: KubernetesObject): void {
    const bounds = boundsOf(deployment);
    const spec = deployment['spec'] as JsonObject;
    const replicas = spec['replicas'];
    if (bounds === undefined || typeof replicas !== 'number') return;
    const wished = replicas + (this.random.below(2) === 0 ? -1 : 1);
    const next = Math.min(bounds.most, Math.max(bounds.least, wished));
    this.#write(deployment, { ...spec, replicas: next }, 'horizontal-pod-autoscaler');
  }

  /** A new version of the image: the last number of its tag goes up. */
  #roll(deployment: KubernetesObject): void {
    const text = JSON.stringify(deployment['spec']);
    const rolled = text.replace(
      /("image":"[^"]*\.)(\d+)"/,
      (_match, before: string, patch: string) => `${before}${Number(patch) + 1}"`,
    );
    this.#write(deployment, JSON.parse(rolled), 'continuous-delivery');
  }

  #write(deployment: KubernetesObject, spec: unknown, manager: string): void {
    const { namespace = '', name } = deployment.metadata;
    this.registry.update(
      { type: resources.Deployment, namespace, name },
      { ...deployment, spec },
      { manager },
    );
  }
}

function boundsOf({
  metadata,
}: KubernetesObject): { readonly least: number; readonly most: number } | undefined {
  const match = /^(\d{1,2})-(\d{1,2})$/.exec(metadata.annotations?.[replicaBoundsAnnotation] ?? '');
  if (match === null) return undefined;
  const [least, most] = [Number(match[1]), Number(match[2])];
  return least <= most ? { least, most } : undefined;
}
