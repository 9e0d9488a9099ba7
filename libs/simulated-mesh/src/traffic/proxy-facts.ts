import { proxyVersionAnnotation } from '@mcp/linkerd';

import type { SimulatedProxy } from './proxy.js';

/** What linkerd-viz calls the job that scrapes proxies. */
export const scrapeJob = 'linkerd-proxy';

const certificateLifeMs = 24 * 3_600_000;
/** A proxy renews its certificate when so much of its life is over. */
const renewedAfter = 0.7;

/** What a proxy says of itself. */
export function proxyFacts(
  { instance, startedAt }: SimulatedProxy,
  at: number,
): { readonly version: string | undefined; readonly certificateMs: number } {
  const version = instance.endpoint.annotations[proxyVersionAnnotation];
  const age = Math.max(0, at - startedAt) % (certificateLifeMs * renewedAfter);
  return { version, certificateMs: certificateLifeMs - age };
}
