export * from './kube-apiserver.js';
