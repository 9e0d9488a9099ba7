/**
 * A small mesh that looks alive, served as a Kubernetes API server does: discovery, list, watch, get, create, replace,
 * merge patch, server-side apply, delete. Adapters made for a real cluster talk to it unchanged.
 *
 * Where it is not like a real API server:
 * - No authentication, no authorization, no TLS, no admission but of the policy kinds, and of those only the rules that
 *   need no parsing of addresses, durations or regular expressions. Fields that a schema does not know are kept, not pruned,
 *   and `fieldValidation` is ignored. Built-in kinds are taken as they come.
 * - Bodies are JSON, also where the media type says YAML. No JSON patch, no strategic merge patch, no tables, no OpenAPI.
 * - Lists are one value each to server-side apply; a real one merges some lists of built-in kinds by key. It notes owners of
 *   leaves only, not who made an object around them, and clients cannot write `managedFields`.
 * - No label selectors; field selectors know `metadata.name` and `metadata.namespace`.
 * - The versions of a kind differ in name only: v1alpha1 of ExternalWorkload would spell `meshTLS` otherwise.
 * - A deletion is immediate: no grace period, no finalizers; dependents go with their owner. It is always answered with a
 *   Status; a real server answers with the object for some built-in kinds. No deletion of collections.
 * - A watch from a version that is no longer kept is refused with HTTP 410; a real one may say so in the stream. In the
 *   stream it comes when a watcher reads too slowly.
 * - One history for all kinds, bounded by count; no quota; nothing outlives the process.
 * - Not served: Node, Event, ConfigMap, Secret, Endpoints, EndpointSlice, scale, logs, exec, CRDs, webhooks, metrics.
 * - Controllers are the few that life needs: no scheduler, no disruption budgets, no default service account for a
 *   namespace made later; a pod that was created runs one step later.
 */
export { startSimulatedMesh } from './start.js';
export type { SimulatedMesh, SimulatedMeshOptions } from './start.js';
