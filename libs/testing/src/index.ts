export * from './kube-apiserver.js';
export * from './cut-proxy.js';
export * from './redis-server.js';
export * from './linkerd-crds.js';
export * from './fake-clock.js';
export * from './fake-policy-target.js';
export * from './scripted-api-server.js';
export * from './free-port.js';
