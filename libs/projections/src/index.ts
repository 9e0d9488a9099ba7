export * from './fold.js';
export { Projection } from './projection.js';
export type { Lag, ProjectionOptions } from './projection.js';
export * from './replay-mismatch.js';
