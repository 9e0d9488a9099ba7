import {
  type Edge,
  EdgeActivity,
  EdgeEvidence,
  EdgeProtocol,
  EdgeSecurity,
  type ProxiesInShort as ProxiesInShortMessage,
  type SeenThrough,
  type Telemetry,
  type TelemetryFault as TelemetryFaultMessage,
  TelemetryPhase,
  type TrafficEnd,
} from '@mcp/contracts';
import type { ProxiesInShort, SeenThrough as SeenThroughFact, TelemetryFault } from '@mcp/events';
import {
  allMeshTls,
  type EdgeNode,
  formatSeenEnd,
  type SeenEdgeNode,
  type SeenEnd,
  type TelemetryNode,
} from '@mcp/graph';

export function edgeToProto(edge: SeenEdgeNode): Edge {
  return {
    source: formatSeenEnd(edge.source),
    destination: formatSeenEnd(edge.destination),
    tls: allMeshTls(edge),
    sourceEnd: trafficEndToProto(edge.source),
    destinationEnd: trafficEndToProto(edge.destination),
    port: edge.port,
    protocol: protocols[edge.protocol],
    security: securities[edge.security],
    insecureReasons: edge.insecureReasons,
    activity: activities[edge.activity],
    evidence: evidences[edge.evidence],
    services: edge.services,
    serverIdentities: edge.serverIdentities,
    firstSeenAt: new Date(edge.firstSeenAt),
    lastSeenAt: new Date(edge.lastSeenAt),
    seen: seenThroughToProto(edge.seen),
  };
}

export function trafficEndToProto(end: SeenEnd): TrafficEnd {
  switch (end.kind) {
    case 'workload':
      return { end: { $case: 'workload', workload: end.workload } };
    case 'identity':
      return { end: { $case: 'identity', identity: end.identity } };
    case 'unmeshed':
      return { end: { $case: 'unmeshed', unmeshed: {} } };
    case 'external': {
      const egressNetwork = end.egressNetwork && { kind: 'EgressNetwork', ...end.egressNetwork };
      return { end: { $case: 'external', external: { egressNetwork } } };
    }
    case 'mirrored': {
      const { cluster, namespace, name } = end;
      return { end: { $case: 'mirrored', mirrored: { cluster, namespace, name } } };
    }
    case 'hidden':
      return { end: { $case: 'hidden', hidden: {} } };
    case 'unknown':
      return { end: { $case: 'unknown', unknown: end.named } };
  }
}

export function seenThroughToProto({
  asOf,
  windowMs,
  proxiesSeen,
  meshedPods,
}: SeenThroughFact): SeenThrough {
  return { asOf: new Date(asOf), windowMs, proxiesSeen, meshedPods };
}

export function telemetryToProto({
  phase,
  reason,
  lastAt,
  since,
  faults = [],
  proxies,
}: TelemetryNode): Telemetry {
  return {
    phase: phases[phase],
    reason,
    lastAt: lastAt === 0 ? undefined : new Date(lastAt),
    since: new Date(since),
    faults: faults.map(faultToProto),
    proxies: proxies && proxiesToProto(proxies),
  };
}

function faultToProto({
  code,
  part = '',
  counters = '',
  message,
  pods = [],
  since,
}: TelemetryFault): TelemetryFaultMessage {
  const name = code.toUpperCase().replaceAll('-', '_');
  return { code: name, part, counters, message, pods, since: new Date(since) };
}

function proxiesToProto({ versions, scrapedTwice, certificates }: ProxiesInShort): ProxiesInShortMessage {
  return {
    versions,
    scrapedTwice,
    soonestCertificateEnd: certificates && new Date(certificates.soonestEndAt),
    certificatesEndingSoon: certificates?.endingSoon ?? 0,
  };
}

export const protocols: Readonly<Record<EdgeNode['protocol'], EdgeProtocol>> = {
  http: EdgeProtocol.EDGE_PROTOCOL_HTTP,
  tcp: EdgeProtocol.EDGE_PROTOCOL_TCP,
};

const securities: Readonly<Record<EdgeNode['security'], EdgeSecurity>> = {
  mtls: EdgeSecurity.EDGE_SECURITY_MTLS,
  plaintext: EdgeSecurity.EDGE_SECURITY_PLAINTEXT,
  mixed: EdgeSecurity.EDGE_SECURITY_MIXED,
  opaque: EdgeSecurity.EDGE_SECURITY_OPAQUE,
  unknown: EdgeSecurity.EDGE_SECURITY_UNSPECIFIED,
};

const activities: Readonly<Record<EdgeNode['activity'], EdgeActivity>> = {
  active: EdgeActivity.EDGE_ACTIVITY_ACTIVE,
  idle: EdgeActivity.EDGE_ACTIVITY_IDLE,
};

const evidences: Readonly<Record<EdgeNode['evidence'], EdgeEvidence>> = {
  client: EdgeEvidence.EDGE_EVIDENCE_CLIENT,
  server: EdgeEvidence.EDGE_EVIDENCE_SERVER,
};

const phases: Readonly<Record<TelemetryNode['phase'], TelemetryPhase>> = {
  live: TelemetryPhase.TELEMETRY_PHASE_LIVE,
  gap: TelemetryPhase.TELEMETRY_PHASE_GAP,
  absent: TelemetryPhase.TELEMETRY_PHASE_ABSENT,
};
