export * from './baseline.js';
export * from './catalog.js';
export * from './envelope.js';
export * from './object-events.js';
export * from './pod-shape-table.js';
export * from './position.js';
export * from './subject.js';
export * from './upcast.js';
