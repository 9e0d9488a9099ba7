export { Collector } from './collector.js';
export { trafficParts } from './traffic/traffic-parts.js';
export { type CollectorDependencies, CollectorModule } from './collector.module.js';
