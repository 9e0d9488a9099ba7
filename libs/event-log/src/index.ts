export * from './errors.js';
export * from './event-log.js';
export * from './request-board.js';
