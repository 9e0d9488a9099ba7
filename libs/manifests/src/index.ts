export * from './manifest-to-commit.js';
export * from './manifests.js';
export * from './manifest-text.js';
export * from './manifests-source.js';
export * from './manifests-target.js';
export { ManifestsUnreadable } from './manifests-unreadable.js';
