export * from './kubernetes-cluster-source.js';
