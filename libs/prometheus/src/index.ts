export * from './instant-query.js';
export * from './prometheus-client.js';
export type { Credentials, PrometheusServer } from './prometheus-server.js';
