import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import { resourceKinds } from '@mcp/mesh';
import type {
  ChangeRequest,
  ChangeSetRequest,
  Correction,
  DeniedChange,
  DesiredPresence,
  DesiredState,
  EndedStaging,
  EventDataByType,
  EventType,
  ManagedKind,
  ObjectBefore,
  SetDriftMode,
  SourceIdentity,
  SourceState,
  StagedServer,
  Staging,
  StoppedEnforcement,
} from '../catalog.js';
import { driftModes, impactCodes, managedKinds, refusalCodes } from '../catalog.js';
import {
  controllerState,
  controlPlaneState,
  externalWorkloadState,
  namespaceState,
  podShape,
  podState,
  problem,
  resourceKey,
  serviceAccountState,
  serviceState,
} from './objects.js';
import {
  authorizationPolicySpec,
  egressNetworkSpec,
  grpcRouteSpec,
  httpRouteSpec,
  meshTLSAuthenticationSpec,
  networkAuthenticationSpec,
  policyObject,
  rateLimitSpec,
  serverAuthorizationSpec,
  serverSpec,
} from './policy.js';
import { edgeState, forgotten, refusedTraffic, telemetryState, workloadUsage } from './traffic.js';
import type { Schema } from './schema.js';
import { boolean, either, list, number, object, oneOf, optional, tagged, text } from './schema.js';

/** What each kind of object looks like in an event that was written with the present version of its type. */
const objectSchemas: { readonly [K in ResourceKind]: Schema<ObjectStates[K]> } = {
  Namespace: namespaceState,
  ServiceAccount: serviceAccountState,
  Controller: controllerState,
  Pod: podState,
  Service: serviceState,
  Server: policyObject(serverSpec),
  ServerAuthorization: policyObject(serverAuthorizationSpec),
  AuthorizationPolicy: policyObject(authorizationPolicySpec),
  MeshTLSAuthentication: policyObject(meshTLSAuthenticationSpec),
  NetworkAuthentication: policyObject(networkAuthenticationSpec),
  HTTPRoute: policyObject(httpRouteSpec),
  GatewayHTTPRoute: policyObject(httpRouteSpec),
  GRPCRoute: policyObject(grpcRouteSpec),
  HTTPLocalRateLimitPolicy: policyObject(rateLimitSpec),
  EgressNetwork: policyObject(egressNetworkSpec),
  ExternalWorkload: externalWorkloadState,
  ControlPlane: controlPlaneState,
};

const deleted = object<{ readonly detectedLate: boolean }>({ detectedLate: boolean });

type Data<T extends EventType> = EventDataByType[T];
type OfObject = `${ResourceKind}${'Observed' | 'Deleted'}`;

const desiredSpecs: { readonly [K in ManagedKind]: Schema<ObjectStates[K]['spec']> } = {
  Server: serverSpec,
  AuthorizationPolicy: authorizationPolicySpec,
  MeshTLSAuthentication: meshTLSAuthenticationSpec,
  NetworkAuthentication: networkAuthenticationSpec,
  HTTPRoute: httpRouteSpec,
  GatewayHTTPRoute: httpRouteSpec,
  GRPCRoute: grpcRouteSpec,
  HTTPLocalRateLimitPolicy: rateLimitSpec,
};

const desiredFields = {
  changeId: text,
  key: object<DesiredState['key']>({ kind: oneOf(managedKinds), namespace: text, name: text }),
};

const accepted = optional(list(oneOf(impactCodes)));

type ManagedSpec = DesiredPresence['spec'];
type DesiredFields = typeof desiredFields & { readonly spec: ReturnType<typeof optional<ManagedSpec>> };

/** A desired state, and what is around it: the spec is of the kind of the key. */
function desired<T extends DesiredState>(schemaOf: (fields: DesiredFields) => Schema<T>): Schema<T> {
  const variants = managedKinds.map(
    (kind) =>
      [kind, schemaOf({ ...desiredFields, spec: optional<ManagedSpec>(desiredSpecs[kind]) })] as const,
  );
  return tagged<T>(['key', 'kind'], Object.fromEntries(variants));
}

const stagedServer = object<StagedServer>({
  key: object<StagedServer['key']>({ kind: oneOf(['Server']), namespace: text, name: text }),
  spec: serverSpec,
});

const otherSchemas: { readonly [T in Exclude<EventType, OfObject>]: Schema<Data<T>> } = {
  SourceIdentified: object<SourceIdentity>({
    source: oneOf(['kubernetes', 'simulated', 'manifests']),
    id: text,
  }),
  ScopeDeclared: object<Data<'ScopeDeclared'>>({ namespaces: either(list(text), oneOf(['all'])) }),
  SourceStateChanged: object<SourceState>({
    kind: oneOf(resourceKinds),
    phase: oneOf(['syncing', 'live', 'stale', 'absent', 'forbidden']),
    reason: text,
  }),
  PodShapeObserved: podShape,
  ObjectUnreadable: object<Data<'ObjectUnreadable'>>({
    key: resourceKey,
    uid: text,
    createdAt: number,
    problem,
  }),
  EdgeObserved: edgeState,
  EdgeForgotten: forgotten,
  TrafficRefused: refusedTraffic,
  RefusalForgotten: forgotten,
  UsageRecorded: workloadUsage,
  UsageForgotten: forgotten,
  TelemetryChanged: telemetryState,
  ChangeRequested: desired((fields) =>
    object<ChangeRequest>({
      ...fields,
      revision: number,
      replaces: optional(text),
      set: optional(text),
      before: optional(
        either(
          oneOf(['none']),
          object<ObjectBefore>({ uid: text, resourceVersion: optional(text), spec: fields.spec }),
        ),
      ),
      accepted,
      correction: optional(object<Correction>({ forceFrom: list(text) })),
    }),
  ),
  DriftModeSet: object<SetDriftMode>({
    key: desiredFields.key,
    mode: oneOf(driftModes),
    forceFrom: list(text),
  }),
  EnforcementStopped: object<StoppedEnforcement>({ key: desiredFields.key, code: text, message: text }),
  DesiredStateSet: desired((fields) => object<DesiredState>(fields)),
  ChangeSetRequested: object<ChangeSetRequest>({
    setId: text,
    changes: list(text),
    standing: optional(list(text)),
    plannedAt: optional(number),
    undoes: optional(text),
    accepted,
    staging: optional(
      object<Staging>({
        audit: optional(
          object<NonNullable<Staging['audit']>>({
            forMs: number,
            then: list(stagedServer),
            impacts: list(object({ code: oneOf(impactCodes), digest: text })),
          }),
        ),
        undoOnDenialsForMs: optional(number),
      }),
    ),
    enforces: optional(text),
  }),
  StagingEnded: object<EndedStaging>({
    setId: text,
    outcome: oneOf(['passed', 'stopped']),
    code: text,
    message: text,
  }),
  ChangeDenied: object<DeniedChange>({
    key: desiredFields.key,
    verb: text,
    group: text,
    resource: text,
    message: text,
    unrecorded: number,
  }),
  ApplyStarted: object<Data<'ApplyStarted'>>({
    revision: number,
    plan: oneOf(['create', 'update', 'delete']),
    liveResourceVersion: optional(text),
    liveUid: optional(text),
  }),
  DryRunPassed: object<Data<'DryRunPassed'>>({ revision: number }),
  ChangeApplied: object<Data<'ChangeApplied'>>({
    revision: number,
    uid: optional(text),
    resourceVersion: optional(text),
    modified: boolean,
  }),
  ChangeRejected: object<Data<'ChangeRejected'>>({ revision: number, status: number, message: text }),
  ChangeConflicted: object<Data<'ChangeConflicted'>>({
    revision: number,
    conflicts: list(object<Data<'ChangeConflicted'>['conflicts'][number]>({ manager: text, field: text })),
  }),
  ChangeRefused: object<Data<'ChangeRefused'>>({
    revision: number,
    code: oneOf(refusalCodes),
    message: text,
  }),
  ChangeSuperseded: object<Data<'ChangeSuperseded'>>({ revision: number, by: text }),
  ApplyDeferred: object<Data<'ApplyDeferred'>>({ revision: number, code: text, message: text }),
};

/** What the data of each event type is, in its present version. */
export const eventSchemas: ReadonlyMap<EventType, Schema<unknown>> = new Map<EventType, Schema<unknown>>([
  ...resourceKinds.flatMap((kind): [EventType, Schema<unknown>][] => [
    [`${kind}Observed`, objectSchemas[kind]],
    [`${kind}Deleted`, deleted],
  ]),
  ...(Object.entries(otherSchemas) as [EventType, Schema<unknown>][]),
]);

/** Every type of event that there is. */
export const eventTypes: readonly EventType[] = [...eventSchemas.keys()];
