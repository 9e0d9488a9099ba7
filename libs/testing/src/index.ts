export * from './kube-apiserver.js';
export * from './redis-server.js';
export * from './cut-proxy.js';
