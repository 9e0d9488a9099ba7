export * from './call-refused.js';
export * from './call-signal.js';
export * from './error-to-status.js';
export * from './grpc-server.js';
export * from './package-definition.js';
export * from './pump.js';
export * from './request.pipe.js';
export * from './status.filter.js';
export * from './stream-limits.js';

export * from './fan-out/watcher-hub.js';
export type { Place } from './fan-out/delta-ring.js';
