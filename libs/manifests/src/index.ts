export * from './manifest-to-commit.js';
export * from './as-yaml.js';
export * from './manifests.js';
export * from './manifest-text.js';
export * from './manifests-source.js';
export * from './manifests-target.js';
export { ignoredManifests, observedManifests, type IgnoredManifests } from './observed-manifests.js';
export * from './template-pods.js';
export { ManifestsUnreadable } from './manifests-unreadable.js';
