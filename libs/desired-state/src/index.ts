export * from './decide-apply.js';
export * from './desired-states-fold.js';
export * from './desired-states.js';
export * from './drift.js';
export * from './dry-run.js';
export * from './held-changes.js';
export * from './list-changes.js';
export * from './plan.js';
