export * from './authenticator.js';
export * from './authorizer.js';
export * from './change-rate.js';
export * from './kubernetes-authenticator.js';
export * from './kubernetes-authorizer.js';
export * from './mesh-caller.js';
export * from './token-file.js';
