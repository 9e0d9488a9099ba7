export * from './access-reviews.js';
export * from './cluster-source.js';
export * from './policy-target.js';
export * from './source-mismatch.js';
export * from './traffic-source.js';
