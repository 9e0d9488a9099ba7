import { isKubernetesError } from './errors.js';

/** What a list or a watch fails with; `OTHER` is no fault of the API server. */
export const reflectorFaults = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'GONE',
  'TOO_MANY_REQUESTS',
  'REJECTED',
  'UNAVAILABLE',
  'WATCH_FAILED',
  'OTHER',
] as const;
export type ReflectorFault = (typeof reflectorFaults)[number];

/** Told what a reflector asks of the API server to stay equal to it: for metrics. Calls return at once and do not fail. */
export interface ReflectorMeter {
  /** A list is complete: the first one, or one more because something may have been missed. */
  listed(): void;
  /** A watch is open: the first one, or one more because the one before ended. */
  watching(): void;
  /** A list or a watch failed, and will be tried again. */
  failed(fault: ReflectorFault): void;
}

export function faultOf(error: unknown): ReflectorFault {
  const code = isKubernetesError(error) ? error.code : 'OTHER';
  return reflectorFaults.find((fault) => fault === code) ?? 'OTHER';
}
