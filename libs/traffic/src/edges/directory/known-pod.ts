import type { PodShape, PodState } from '@mcp/mesh';

/** What is kept of one life of a pod. */
export interface KnownPod extends Pick<
  PodState,
  'uid' | 'namespace' | 'name' | 'createdAt' | 'ips' | 'phase' | 'ready' | 'shape'
> {
  readonly owner?: NonNullable<PodState['owner']>;
  /** Deleted, or no longer to be read. */
  readonly gone: boolean;
  /** Undefined while its shape is not known. */
  readonly runsAs?: RunsAs;
}

export type RunsAs = Pick<PodShape, 'serviceAccount' | 'meshed'>;

/** It has its address for itself: one that has finished keeps the address in its status, while others may get it. */
export function holdsAddress({ gone, phase }: KnownPod): boolean {
  return !gone && phase !== 'Succeeded' && phase !== 'Failed';
}
