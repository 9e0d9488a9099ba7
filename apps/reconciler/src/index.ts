export { Reconciler } from './reconciler.js';
export { type ReconcilerDependencies, ReconcilerModule } from './reconciler.module.js';
