/**
 * A small mesh that looks alive, served as a Kubernetes API server does: discovery, list, watch, get, create, replace,
 * merge patch, server-side apply, delete. Adapters made for a real cluster talk to it unchanged.
 *
 * Its workloads call each other, and each call is decided by the policy that the API holds at that moment. What the proxies
 * counted is beside the API: `/proxies` for the HTTP service discovery of Prometheus, `/proxies/<namespace>/<pod>/metrics`
 * for a page, and `/traffic` for all of it at once, where there is no Prometheus.
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
 *
 * Where its traffic is not like that of a real mesh:
 * - Who calls whom is written down for the workloads of the scene; what a user deploys serves, and calls nobody. Nothing is
 *   random: calls are evenly spread, and a process that slept for more than a minute made none meanwhile.
 * - What this product's evaluation leaves unknown is refused. A real proxy always decides.
 * - Rate limits never limit. Routes whose parent is a Service do nothing, and neither do retries, timeouts and
 *   ServiceProfiles. A call to a Service without pods is not made at all, and none fails before it has an endpoint.
 * - Clients of HTTP keep one connection to each endpoint. It keeps the labels it was opened with, and a rollout ends it
 *   without an error; policy ends opaque connections only at their next exchange.
 * - Pages are those of a proxy of Linkerd 2.20, without durations and frame sizes of routes, balancers, protocol detection,
 *   errors, transport headers, and the connections between an application and its own proxy. `inbound_grpc_*` counts what a
 *   GRPCRoute took, not all that a Server of gRPC did. Proxies of the control plane count only their probes and scrapes, and
 *   what all others ask the control plane is nowhere. External workloads have no page.
 * - Of one proxy, at most 1,000 combinations of port, policy and client are kept, those not called for ten minutes too. A real
 *   proxy keeps any number of decisions, and drops the rest after ten idle minutes, at a scrape.
 * - Whoever asks gets a page, whatever policy says about port 4191. A proxy begins when this process first sees its pod.
 */
export { startSimulatedMesh } from './start.js';
export type { SimulatedMesh, SimulatedMeshOptions } from './start.js';
export type { Decider, InboundCall, ProxyDecision } from './traffic/decider.js';
export type { MeshNow } from './traffic/mesh-now.js';
