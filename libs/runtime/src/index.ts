export * from './health.js';
export * from './leadership.js';
export * from './logger.js';
export * from './metrics.js';
export * from './operations-server.js';
export * from './run-app.js';
export * from './setting.js';
export * from './settings.js';
