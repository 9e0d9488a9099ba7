/**
 * The controller-level thing that runs pods: a Deployment, a StatefulSet, a CronJob, an ExternalWorkload.
 * A pod that nothing controls is its own workload, of kind `Pod`.
 */
export interface WorkloadRef {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** `namespace/kind/name`, for example `shop/Deployment/web`. */
export function formatWorkloadRef(ref: WorkloadRef): string {
  return `${ref.namespace}/${ref.kind}/${ref.name}`;
}
