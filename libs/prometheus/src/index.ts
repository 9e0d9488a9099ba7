export * from './instant-query.js';
export { KeptBytes } from './kept-bytes.js';
export { KnownRows } from './known-rows.js';
export * from './prometheus-client.js';
export type { Labels, VectorSample } from './vector-sample.js';
export type { Credentials, PrometheusServer } from './prometheus-server.js';
