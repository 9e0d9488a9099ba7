export * from './api-discovery.js';
export * from './api-resource.js';
export * from './cluster-connection.js';
export * from './errors.js';
export * from './kubernetes-object.js';
export type { ReplacedContent, StoredObject } from './object-store.js';
export * from './reflector.js';
export * from './reflector-state.js';
export * from './reflector-timing.js';
