export * from './instant-query.js';
