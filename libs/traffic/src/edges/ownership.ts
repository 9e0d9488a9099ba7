import type { TrafficReading } from '@mcp/sources';
import type { Ownership } from '../facts/counted-proxy.js';
import type { PodDirectory } from './directory/pod-directory.js';
import { Proxies } from './proxies.js';

/** Whose proxies they are that a reading tells of, by the same rules as for edges. A pod is named by its uid. */
export function ownershipIn(reading: TrafficReading, directory: PodDirectory): Ownership {
  const proxies = new Proxies(reading, directory);
  return (claim) => {
    const proxy = proxies.of(claim);
    return typeof proxy === 'string' ? undefined : { pod: proxy.pod.uid, workload: proxy.workload };
  };
}
