export * from './fold.js';
export { followTogether } from './follow-together.js';
export type { LogFollower } from './follow-together.js';
export { Projection } from './projection.js';
export type { Lag, ProjectionOptions } from './projection.js';
export * from './replay-mismatch.js';
