export * from './catalog.js';
export * from './envelope.js';
export * from './position.js';
export * from './subject.js';
