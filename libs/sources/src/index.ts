export * from './cluster-source.js';
export * from './policy-target.js';
