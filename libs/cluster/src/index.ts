export * from './kubernetes-access-reviews.js';
export * from './kubernetes-cluster-source.js';
export * from './kubernetes-policy-target.js';
