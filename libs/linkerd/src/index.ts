export * from './control-plane.js';
export * from './live-object.js';
export {
  managedObjects,
  managedObjectsCalled,
  type ManagedObjects,
  type ManagedSpec,
} from './managed-objects.js';
export * from './names.js';
export * from './observe.js';
export * from './pod-of-template.js';
export { gitOpsManagers } from './parse/git-ops.js';
export type { Parsed } from './parse/parsed.js';
export * from './render/desired-object.js';
export * from './request/object-name.js';
export * from './request/requested-object.js';
export * from './request/requested-spec.js';
export * from './rights-to-write.js';
export * from './watched-kinds.js';
export { defaultMatchers, readsAsMatchers, type QueryTerms } from './promql/expression.js';
export { claimKey, claimOf, type Labels } from './promql/labels.js';
export { namespaceShards } from './promql/namespace-shards.js';
export { trafficQueries } from './promql/traffic-queries.js';
export { leftOut, type PartQueries, type RowNote, type TrafficQuery } from './promql/traffic-query.js';
