export * from './proxy-metrics-source.js';
