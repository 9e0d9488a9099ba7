export * from './kubernetes-cluster-source.js';
export * from './kubernetes-policy-target.js';
