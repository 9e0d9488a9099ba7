import type {
  ClientSeen,
  EdgeEvidence,
  EdgeId,
  EdgeProtocol,
  EdgeSecurity,
  ObjectStates,
  PodShape,
  PolicySeen,
  Problem,
  Refusal,
  ResourceKey,
  ResourceKind,
  WorkloadRef,
} from '@mcp/mesh';

/** The collector saw an object in this state. */
type ObservedData = { [K in ResourceKind as `${K}Observed`]: ObjectStates[K] };

/** The object is gone. `detectedLate`: found missing in a complete list, not seen to go. */
type DeletedData = { [K in ResourceKind as `${K}Deleted`]: { readonly detectedLate: boolean } };

/** Every event type with what it carries. Past tense; the state of its subject, never a patch. */
export interface EventDataByType extends ObservedData, DeletedData {
  /** First event of every log: whose mesh this is. Every app refuses a log of another source. */
  SourceIdentified: SourceIdentity;
  /** What the collector looks at. Deletions are only concluded within an unchanged scope. */
  ScopeDeclared: { readonly namespaces: readonly string[] | 'all' };
  /** How well a kind is being followed. Unknown is an answer: a kind that is not `live` makes answers that need it unknown. */
  SourceStateChanged: SourceState;
  /** What pods are, by content address; recorded before the first pod that has it, and again after a time in which none had. */
  PodShapeObserved: PodShape & { readonly hash: string };
  /** The object exists and cannot be read. Takes the place of its state until it can be read again. */
  ObjectUnreadable: {
    readonly key: ResourceKey;
    readonly uid: string;
    readonly createdAt: number;
    readonly problem: Problem;
  };

  /** An edge was first seen, went idle, came back, or changed how it travels. On the subject of the edge. */
  EdgeObserved: EdgeState;
  /** Not seen for longer than edges are remembered, or in the way of others: no fold keeps it. */
  EdgeForgotten: { readonly why: 'retention' | 'too-many' };
  /** A server refused a client, or would have. On the subject of who was refused what; recorded at once for the first, then summed up. */
  TrafficRefused: RefusedTraffic;
  RefusalForgotten: { readonly why: 'retention' | 'too-many' };
  /** Who used the ports of one workload on one day of UTC, until now: the whole day each time. On the subject of the two. */
  UsageRecorded: WorkloadUsage;
  UsageForgotten: { readonly why: 'retention' | 'too-many' };
  /** How well traffic is being seen. What was not seen in a gap is not known to have been absent. */
  TelemetryChanged: TelemetryState;

  /** Someone asked for a change of one object. On the subject of the change. */
  ChangeRequested: ChangeRequest;
  /** Someone asked for changes of several objects that belong together. On the subject of the set; recorded right before them. */
  ChangeSetRequested: ChangeSetRequest;
  /** What a set was to go on with by itself is over. On the subject of the set. */
  StagingEnded: EndedStaging;
  /** Someone asked for a change and had no right to it. On the subject of who asked; what is repeated is summed up, not recorded. */
  ChangeDenied: DeniedChange;
  /** What is to be done where the object is no longer as desired. On a subject of its own for each object. */
  DriftModeSet: SetDriftMode;
  /** The desired state is no longer enforced: drift is reported from now on, until somebody sets the mode again. On the same subject. */
  EnforcementStopped: StoppedEnforcement;
  /** What the object is to be from now on. On the subject of the desired object; its version is the revision. */
  DesiredStateSet: DesiredState;

  /** The reconciler is about to apply, with this plan; recorded before the API server is asked. */
  ApplyStarted: {
    readonly revision: number;
    readonly plan: 'create' | 'update' | 'delete';
    readonly liveResourceVersion?: string;
    /** Of the object that is to be deleted. */
    readonly liveUid?: string;
  };
  /** The API server would take it. */
  DryRunPassed: { readonly revision: number };
  /** The API server took it. Whether the cluster then shows it is the collector's to say. */
  ChangeApplied: {
    readonly revision: number;
    /** Of the object as it was left, or of the one that was deleted; absent, with its version, where there was to be none and was none. */
    readonly uid?: string;
    readonly resourceVersion?: string;
    /** False where the cluster already was as desired. */
    readonly modified: boolean;
  };
  /** The API server refused it. Terminal. */
  ChangeRejected: { readonly revision: number; readonly status: number; readonly message: string };
  /** Another field manager owns fields that the change writes. Terminal. */
  ChangeConflicted: {
    readonly revision: number;
    readonly conflicts: readonly { readonly manager: string; readonly field: string }[];
  };
  /** We did not try, for this reason. Terminal. */
  ChangeRefused: { readonly revision: number; readonly code: RefusalCode; readonly message: string };
  /** A newer revision of the same object took its place before it was applied. Terminal. */
  ChangeSuperseded: { readonly revision: number; readonly by: string };
  /** It did not work this time and will be tried again. Recorded when the reason changes, not for each try. */
  ApplyDeferred: { readonly revision: number; readonly code: string; readonly message: string };
}

export type EventType = keyof EventDataByType;
export type EventData<T extends EventType> = EventDataByType[T];

/** Why the reconciler does not try. */
export const refusalCodes = [
  'GITOPS_OWNED',
  'LOG_BEHIND_CLUSTER',
  'NOT_A_CLUSTER',
  'NO_LONGER_ALLOWED',
  'OBJECT_UNREADABLE',
  /** Others own fields of an object that was to be deleted. */
  'NOT_OURS',
  /** The object has fields that we do not know, so that what an apply would leave or take away cannot be told. */
  'FIELDS_NOT_MODELLED',
  /** The API server would take it, and the object would not be as desired. */
  'WOULD_DIFFER',
  /** Another change of its set ended without being applied. */
  'SET_BROKEN',
  /** Somebody withdrew it before it was applied. */
  'WITHDRAWN',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

export interface SourceIdentity {
  readonly source: 'kubernetes' | 'simulated' | 'manifests';
  /** Uid of the namespace kube-system, the seed of the simulated mesh, or the path of the manifests. */
  readonly id: string;
}

/**
 * `syncing`: the first list is under way. `live`: up to date. `stale`: contact is lost; what is known may be old. `absent`: the cluster
 * does not have this kind. `forbidden`: we may not list it.
 */
export const sourcePhases = ['syncing', 'live', 'stale', 'absent', 'forbidden'] as const;
export type SourcePhase = (typeof sourcePhases)[number];

export interface SourceState {
  readonly kind: ResourceKind;
  readonly phase: SourcePhase;
  readonly reason: string;
}

/** A durable fact about an edge: rates are samples and are not in it. Times are milliseconds since the epoch. */
export interface EdgeState extends EdgeId {
  /** What made the event. */
  readonly what: 'first-seen' | 'went-idle' | 'resumed' | 'security-changed' | 'details-changed';
  readonly activity: 'active' | 'idle';
  readonly security: EdgeSecurity;
  /** Why it is not all mesh TLS, in the proxies' words; in order, each once. */
  readonly insecureReasons: readonly string[];
  readonly protocol: EdgeProtocol;
  readonly evidence: EdgeEvidence;
  /** Services, as `namespace/name`, through which clients came; empty where they dialled pods. */
  readonly services: readonly string[];
  /** Identities that the destination proved. */
  readonly serverIdentities: readonly string[];
  readonly firstSeenAt: number;
  /** When traffic was last seen on it, known at this event. */
  readonly lastSeenAt: number;
  readonly seen: SeenThrough;
}

/** What a statement about traffic stands on. */
export interface SeenThrough {
  /** The telemetry's own time. */
  readonly asOf: number;
  readonly windowMs: number;
  /** Meshed pods whose proxies were seen, of all that there were. */
  readonly proxiesSeen: number;
  readonly meshedPods: number;
}

/**
 * `count` is since the event before, `total` over the life of the subject; both are differences of counters, not estimates. The times are of
 * the first and the last of `total`, as near as polls can tell.
 */
export interface RefusedTraffic {
  readonly what: Refusal;
  readonly workload: WorkloadRef;
  readonly port: number;
  readonly protocol: EdgeProtocol;
  readonly server: PolicySeen;
  readonly route?: PolicySeen;
  readonly client: ClientSeen;
  readonly count: number;
  readonly total: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface WorkloadUsage {
  readonly workload: WorkloadRef;
  /** `2026-11-22`, of UTC. */
  readonly day: string;
  /** Milliseconds of the day in which the proxies of the workload were seen. */
  readonly observedMs: number;
  readonly edges: readonly LedgerEdge[];
  /** Calls, let in or denied, that are in no edge because the workload had too many callers that day. */
  readonly dropped: number;
}

/** One caller of one port through one route, on one day. Requests, or for `tcp` connections; differences of counters. */
export interface LedgerEdge {
  readonly client: ClientSeen;
  readonly port: number;
  readonly protocol: EdgeProtocol;
  readonly route?: PolicySeen;
  readonly allowed: number;
  readonly denied: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface TelemetryState {
  readonly phase: 'live' | 'gap' | 'absent';
  /** Why, where it is not live. */
  readonly reason: string;
  /** The last time at which traffic was seen; 0 for never. */
  readonly lastAt: number;
  /** What is wrong with it while it is live, in order. Absent: nothing that lasts. */
  readonly faults?: readonly TelemetryFault[];
  /** As they were when this was said. Absent: nothing is known of them, or they are not seen. */
  readonly proxies?: ProxiesInShort;
}

/** What is wrong with the telemetry that is seen; docs/traffic.md says of each what it means and what to do. */
export const telemetryFaultCodes = [
  /** A part of readings, or certain counters of it, cannot be had. Nothing follows from their absence. */
  'part-missing',
  /** Some fields of a part cannot be had. */
  'detail-missing',
  /** The source says that its answers are not whole. */
  'incomplete',
  'scrapes-fail',
  'scrapes-time-out',
  'scrapes-slow',
  'scraped-twice',
  /** Labels of a scrape say otherwise than the cluster does. */
  'proxies-not-believed',
  'proxies-old',
  'certificates-ending',
  'samples-late',
  'clock-behind',
  'history-lost',
] as const;
export type TelemetryFaultCode = (typeof telemetryFaultCodes)[number];

export interface TelemetryFault {
  readonly code: TelemetryFaultCode;
  /** What a reading is made of, where it is a fault of one part: `requests`, `counters`. */
  readonly part?: string;
  /** Of the part `counters`: those that are not read, as `denied http`. Absent: none is. */
  readonly counters?: string;
  /** What it is and what to do. It does not change while the fault lasts. */
  readonly message: string;
  /** Pods that had it when it began, as `namespace/name`, and with `@address` where that is in doubt: at most 10. */
  readonly pods?: readonly string[];
  /** The reading that had it first, by the telemetry's clock. */
  readonly since: number;
}

export interface ProxiesInShort {
  /** The most frequent first, at most 10. */
  readonly versions: readonly { readonly version: string; readonly proxies: number }[];
  readonly scrapedTwice: number;
  /** Absent where no proxy tells of its certificate. */
  readonly certificates?: {
    readonly soonestEndAt: number;
    /** Of those that end within six hours: proxies that work get a new one earlier. */
    readonly endingSoon: number;
  };
}

/** The kinds that can be changed through us. */
export const managedKinds = [
  'Server',
  'AuthorizationPolicy',
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GatewayHTTPRoute',
  'GRPCRoute',
  'HTTPLocalRateLimitPolicy',
] as const satisfies readonly ResourceKind[];
export type ManagedKind = (typeof managedKinds)[number];

export interface DesiredState {
  readonly changeId: string;
  readonly key: ResourceKey & { readonly kind: ManagedKind };
  /** Of the kind of the key. Absent: there is to be no such object. */
  readonly spec?: ObjectStates[ManagedKind]['spec'];
}

/** A desired state that is an object, and not that there be none. */
export type DesiredPresence = DesiredState & { readonly spec: ObjectStates[ManagedKind]['spec'] };

export interface ChangeRequest extends DesiredState {
  readonly revision: number;
  /** Id of the change whose revision this one replaces, if any. */
  readonly replaces?: string;
  /** Id of the set that it is one of, if any. */
  readonly set?: string;
  /** What there was when it was asked for, as the collector had seen it; absent where that was not known. */
  readonly before?: 'none' | ObjectBefore;
  /** What whoever asked said may come of it. Of a change of a set, the set has it. */
  readonly accepted?: readonly ImpactCode[];
  /** It puts back what others changed; absent: somebody asked for it. */
  readonly correction?: Correction;
}

export interface Correction {
  /** The field managers from which fields are taken back. */
  readonly forceFrom: readonly string[];
}

export const driftModes = ['report', 'enforce'] as const;
/** `report`: it is told. `enforce`: the desired state is applied again. */
export type DriftMode = (typeof driftModes)[number];

export interface SetDriftMode {
  readonly key: DesiredState['key'];
  readonly mode: DriftMode;
  /** Of `enforce`: the field managers from which fields are taken back. */
  readonly forceFrom: readonly string[];
}

export interface StoppedEnforcement {
  readonly key: DesiredState['key'];
  /** Why, stable. */
  readonly code: string;
  readonly message: string;
}

/** An object as it was before a change. */
export interface ObjectBefore {
  readonly uid: string;
  readonly resourceVersion?: string;
  /** Of the kind of the key of the change. Absent: it could not be read, or not all of it. */
  readonly spec?: ObjectStates[ManagedKind]['spec'];
}

export interface ChangeSetRequest {
  readonly setId: string;
  /** Ids of its changes, in the order in which they are applied: each after all before it. */
  readonly changes: readonly string[];
  /** Ids of the earlier changes by which the other objects that were asked for are so, or will be; all of its own come after them. */
  readonly standing?: readonly string[];
  /** It was planned first, at this time; absent: it was asked for at once. */
  readonly plannedAt?: number;
  /** Id of the change that it takes back, if any. */
  readonly undoes?: string;
  /** What whoever asked said may come of it. */
  readonly accepted?: readonly ImpactCode[];
  /** How it goes on by itself; absent: it does not. */
  readonly staging?: Staging;
  /** Id of the set whose audit it ends, if any. */
  readonly enforces?: string;
}

/** What follows by itself when all of a set is applied. */
export interface Staging {
  /** Its Servers only audit at first. */
  readonly audit?: {
    readonly forMs: number;
    /** As they are to be then. */
    readonly then: readonly StagedServer[];
    /** What that may come to: as it was when somebody agreed to it. */
    readonly impacts: readonly { readonly code: ImpactCode; readonly digest: string }[];
  };
  /** For so long after it is enforced, a denial of a caller that had been let in undoes it. */
  readonly undoOnDenialsForMs?: number;
}

export interface StagedServer {
  readonly key: DesiredState['key'] & { readonly kind: 'Server' };
  readonly spec: ObjectStates['Server']['spec'];
}

export interface EndedStaging {
  readonly setId: string;
  /** `passed`: the time is over, and no known caller was denied. `stopped`: it cannot go on; what it had come to stays. */
  readonly outcome: 'passed' | 'stopped';
  /** Why it stopped, stable; empty where it passed. */
  readonly code: string;
  readonly message: string;
}

/** What a change may come to that nobody wants by accident. It is recorded only where who asks for it names it. */
export const impactCodes = [
  /** Callers that are let in now would surely be refused. */
  'CUTS_LIVE_CALLERS',
  /** Somebody without any authentication would be let in who is not now. */
  'OPENS_TO_EVERYONE',
  /** Who calls is not known well enough to tell what would come of it. */
  'UNKNOWN_IMPACT',
  /** While its objects are applied one after the other, callers get another verdict than before and after. */
  'UNSAFE_ORDER',
] as const;
export type ImpactCode = (typeof impactCodes)[number];

export interface DeniedChange {
  readonly key: DesiredState['key'];
  /** What was lacking, as roles name it. */
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** As the caller was told. */
  readonly message: string;
  /** Denials of the same actor, by the same process, since the one recorded before. */
  readonly unrecorded: number;
}
