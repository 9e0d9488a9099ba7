import type { ClientSeen, EdgeId, PolicySeen, TrafficEnd, WorkloadRef } from '@mcp/mesh';
import { edgeEvidences, edgeProtocols, edgeSecurities, refusals } from '@mcp/mesh';
import type {
  EdgeState,
  EventDataByType,
  LedgerEdge,
  RefusedTraffic,
  SeenThrough,
  ProxiesInShort,
  TelemetryFault,
  TelemetryState,
  WorkloadUsage,
} from '../catalog.js';
import { telemetryFaultCodes } from '../catalog.js';
import type { Schema } from './schema.js';
import { list, number, object, oneOf, optional, tagged, text } from './schema.js';

const workloadRef = object<WorkloadRef>({ namespace: text, kind: text, name: text });
const policySeen = object<PolicySeen>({ group: text, kind: text, name: text });

const clientSeen: Schema<ClientSeen> = tagged('kind', {
  identity: object({ identity: text }),
  unmeshed: object({}),
  unidentified: object({}),
});

const trafficEnd: Schema<TrafficEnd> = tagged('kind', {
  workload: object({ workload: workloadRef }),
  identity: object({ identity: text }),
  unmeshed: object({}),
  external: object<Omit<Extract<TrafficEnd, { readonly kind: 'external' }>, 'kind'>>({
    egressNetwork: optional(object({ namespace: text, name: text })),
  }),
  mirrored: object({ cluster: text, namespace: text, name: text }),
  unknown: object({ named: text }),
});

const edgeId = { source: trafficEnd, destination: trafficEnd, port: number } satisfies {
  readonly [K in keyof EdgeId]: Schema<EdgeId[K]>;
};

export const edgeState = object<EdgeState>({
  ...edgeId,
  what: oneOf(['first-seen', 'went-idle', 'resumed', 'security-changed', 'details-changed']),
  activity: oneOf(['active', 'idle']),
  security: oneOf(edgeSecurities),
  insecureReasons: list(text),
  protocol: oneOf(edgeProtocols),
  evidence: oneOf(edgeEvidences),
  services: list(text),
  serverIdentities: list(text),
  firstSeenAt: number,
  lastSeenAt: number,
  seen: object<SeenThrough>({ asOf: number, windowMs: number, proxiesSeen: number, meshedPods: number }),
});

export const forgotten = object<EventDataByType['EdgeForgotten']>({ why: oneOf(['retention', 'too-many']) });

export const refusedTraffic = object<RefusedTraffic>({
  what: oneOf(refusals),
  workload: workloadRef,
  port: number,
  protocol: oneOf(edgeProtocols),
  server: policySeen,
  route: optional(policySeen),
  client: clientSeen,
  count: number,
  total: number,
  firstAt: number,
  lastAt: number,
});

export const workloadUsage = object<WorkloadUsage>({
  workload: workloadRef,
  day: text,
  observedMs: number,
  edges: list(
    object<LedgerEdge>({
      client: clientSeen,
      port: number,
      protocol: oneOf(edgeProtocols),
      route: optional(policySeen),
      allowed: number,
      denied: number,
      firstAt: number,
      lastAt: number,
    }),
  ),
  dropped: number,
});

export const telemetryState = object<TelemetryState>({
  phase: oneOf(['live', 'gap', 'absent']),
  reason: text,
  lastAt: number,
  faults: optional(
    list(
      object<TelemetryFault>({
        code: oneOf(telemetryFaultCodes),
        part: optional(text),
        counters: optional(text),
        message: text,
        pods: optional(list(text)),
        since: number,
      }),
    ),
  ),
  proxies: optional(
    object<ProxiesInShort>({
      versions: list(object<ProxiesInShort['versions'][number]>({ version: text, proxies: number })),
      scrapedTwice: number,
      certificates: optional(
        object<NonNullable<ProxiesInShort['certificates']>>({ soonestEndAt: number, endingSoon: number }),
      ),
    }),
  ),
});
