export * from './redis-event-log.js';
export * from './redis-request-board.js';
export type { RedisHealth } from './health.js';
export * from './redis-series.js';
