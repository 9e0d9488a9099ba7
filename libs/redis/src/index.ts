export { nameOf } from './place.js';
export type { RedisPlace, ServerAccess, ServerAddress, TlsFiles } from './place.js';
export * from './redis-event-log.js';
export * from './redis-request-board.js';
export type { RedisHealth } from './health.js';
export * from './redis-series.js';
