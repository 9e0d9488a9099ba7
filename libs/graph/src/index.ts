export * from './delta.js';
export * from './entity.js';
export * from './fold.js';
export * from './json-graph.js';
export { MeshGraph } from './mesh-graph.js';
export type { GraphFilter } from './mesh-graph.js';
export * from './overview.js';
export * from './snapshot.js';
