export { Collector } from './collector.js';
export { type CollectorDependencies, CollectorModule } from './collector.module.js';
