export * from './event-log.js';
export { isShared } from './redis-place.js';
export * from './mesh-source.js';
export { metered } from './metered-log.js';
export { manifestToCommit } from '@mcp/manifests';
export * from './shared-process.js';
export * from './simulated-traffic-source.js';
export * from './traffic-source.js';
