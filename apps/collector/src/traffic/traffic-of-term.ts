import { AbsentTraffic } from './absent-traffic.js';
import type { TrafficParts } from './traffic-parts.js';
import { TrafficReader } from './traffic-reader.js';
import type { TrafficSurroundings, TrafficTask } from './traffic-task.js';

/** What a lead of the collector does about traffic, with what it was given. */
export function trafficTask(parts: TrafficParts, around: TrafficSurroundings): TrafficTask {
  return 'absent' in parts ? new AbsentTraffic(parts.absent, around) : new TrafficReader(parts, around);
}
