export * from './api-address.js';
export * from './api-client.js';
export * from './api-error.js';
export * from './message-json.js';
