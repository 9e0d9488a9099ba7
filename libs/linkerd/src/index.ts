export * from './control-plane.js';
export * from './names.js';
export * from './observe.js';
export * from './parse/authorization-policy.js';
export type { Parsed } from './parse/parsed.js';
export * from './render/authorization-policy.js';
export * from './request/authorization-policy.js';
export * from './request/object-name.js';
export * from './watched-kinds.js';
