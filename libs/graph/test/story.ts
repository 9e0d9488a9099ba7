import type {
  AnyRecordedEvent,
  DesiredPresence,
  EdgeState,
  EventData,
  EventType,
  RecordedEvent,
  SourcePhase,
  TelemetryState,
} from '@mcp/events';
import {
  changeSubject,
  desiredSubject,
  edgeSubject,
  objectSubject,
  podShapeSubject,
  PodShapeTable,
  scopeSubject,
  sourceStateSubject,
  telemetrySubject,
} from '@mcp/events';
import type {
  AuthorizationPolicySpec,
  EdgeId,
  ObjectStates,
  PodShape,
  PolicyKind,
  ResourceKey,
  ResourceKind,
  TrafficEnd,
} from '@mcp/mesh';

/** Whole states from the parts that a test is about. */
export interface Identity {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly createdAt?: number;
}

function identity({ namespace, name, uid = `uid-${name}`, createdAt = 1_000 }: Identity) {
  return { namespace, name, uid, createdAt };
}

export const plainShape: PodShape = {
  labels: {},
  annotations: {},
  serviceAccount: 'default',
  ports: [],
  probes: [],
  meshed: true,
  governed: true,
};

export const denyAll: AuthorizationPolicySpec = {
  targetRef: { group: '', kind: 'Namespace', name: 'shop' },
  requiredAuthenticationRefs: [],
};

export const forWeb: AuthorizationPolicySpec = {
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' },
  requiredAuthenticationRefs: [],
};

/** For the Server `web`, and only for whom an authentication of the namespace `bank` names. */
export const forWebFromBank: AuthorizationPolicySpec = {
  ...forWeb,
  requiredAuthenticationRefs: [
    { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'web', namespace: 'bank' },
  ],
};

/** Governs the port 8080 of every pod, and lets nobody in by itself. */
export const allPods: ObjectStates['Server']['spec'] = {
  selects: 'pods',
  selector: { matchLabels: {}, matchExpressions: [] },
  port: 8080,
  proxyProtocol: 'HTTP/1',
  accessPolicy: 'deny',
};

/** `shop/Deployment/web` as the end of an edge. */
export function workloadEnd(text: string): TrafficEnd & { readonly kind: 'workload' } {
  const [namespace = '', kind = '', name = ''] = text.split('/');
  return { kind: 'workload', workload: { namespace, kind, name } };
}

export const plainEdge: Omit<EdgeState, keyof EdgeId> = {
  what: 'first-seen',
  activity: 'active',
  security: 'mtls',
  insecureReasons: [],
  protocol: 'http',
  evidence: 'client',
  services: [],
  serverIdentities: [],
  firstSeenAt: 1_000,
  lastSeenAt: 2_000,
  seen: { asOf: 2_000, windowMs: 60_000, proxiesSeen: 2, meshedPods: 2 },
};

/** Writes the events that a collector and a client would, in order. Shapes come before the pods that have them. */
export class Story {
  readonly events: AnyRecordedEvent[] = [];
  readonly #versions = new Map<string, number>();
  readonly #shapes = new PodShapeTable<true>();
  readonly #changes: { readonly changeId: string; readonly name: string }[] = [];
  readonly #shapeByPod = new Map<string, string>();

  record<T extends EventType>(subject: string, type: T, data: EventData<T>): this {
    const sequence = this.events.length + 1;
    const subjectVersion = (this.#versions.get(subject) ?? 0) + 1;
    this.#versions.set(subject, subjectVersion);
    const event: RecordedEvent<T> = {
      id: `event-${sequence}`,
      type,
      version: 1,
      occurredAt: sequence * 1_000,
      recordedAt: sequence * 1_000,
      actor: { name: 'collector', provenBy: 'component' },
      data,
      subject,
      subjectVersion,
      position: { log: 'story', sequence, digest: sequence.toString(16).padStart(16, '0') },
    };
    this.events.push(event as AnyRecordedEvent);
    return this;
  }

  observe<K extends ResourceKind>(kind: K, state: ObjectStates[K]): this {
    return this.record(objectSubject(kind, state), `${kind}Observed`, state as EventData<`${K}Observed`>);
  }

  delete(kind: ResourceKind, object: Identity): this {
    const subject = objectSubject(kind, identity(object));
    if (kind === 'Pod') this.#givePodShape(subject, undefined);
    this.record(subject, `${kind}Deleted`, { detectedLate: false });
    this.#versions.delete(subject);
    return this;
  }

  unreadable(key: ResourceKey, life: { readonly uid?: string; readonly createdAt?: number } = {}): this {
    const { uid, createdAt } = identity({ ...key, ...life });
    const subject = objectSubject(key.kind, { ...key, uid });
    if (key.kind === 'Pod') this.#givePodShape(subject, undefined);
    const problem = { code: 'WRONG_TYPE', field: 'spec', message: 'spec is not an object' };
    return this.record(subject, 'ObjectUnreadable', { key, uid, createdAt, problem });
  }

  namespace(name: string, labels: ObjectStates['Namespace']['labels'] = {}): this {
    return this.observe('Namespace', { ...identity({ namespace: '', name }), labels, annotations: {} });
  }

  controller(
    kind: string,
    object: Identity,
    owner?: { readonly kind: string; readonly name: string; readonly uid?: string },
  ): this {
    return this.observe('Controller', {
      ...identity(object),
      kind,
      ...(owner !== undefined && { owner: { uid: `uid-${owner.name}`, ...owner } }),
    });
  }

  pod(
    object: Identity & Partial<Omit<ObjectStates['Pod'], 'shape' | 'owner'>>,
    {
      shape = {},
      owner,
    }: {
      readonly shape?: Partial<PodShape>;
      readonly owner?: { readonly kind: string; readonly name: string };
    } = {},
  ): this {
    const whole = { ...plainShape, ...shape };
    const hash = JSON.stringify(whole);
    if (this.#shapes.get(hash) === undefined) {
      this.record(podShapeSubject(hash), 'PodShapeObserved', { ...whole, hash });
      this.#shapes.record(hash, true);
    }
    this.#givePodShape(objectSubject('Pod', identity(object)), hash);
    return this.observe('Pod', {
      ips: ['10.0.0.1'],
      phase: 'Running',
      ready: true,
      ...object,
      ...identity(object),
      shape: hash,
      ...(owner !== undefined && { owner: { uid: `uid-${owner.name}`, ...owner } }),
    });
  }

  service(object: Identity & Partial<ObjectStates['Service']>): this {
    return this.observe('Service', {
      type: 'ClusterIP',
      headless: false,
      clusterIps: ['10.96.0.1'],
      ports: [],
      ...object,
      ...identity(object),
    });
  }

  policy(object: Identity & Partial<ObjectStates['AuthorizationPolicy']>): this {
    return this.observe('AuthorizationPolicy', {
      labels: {},
      spec: denyAll,
      fieldOwners: [],
      conditions: [],
      ...object,
      ...identity(object),
    });
  }

  /** A policy object of any kind, as its spec. */
  policyOf<K extends PolicyKind>(kind: K, object: Identity, spec: ObjectStates[K]['spec']): this {
    const state = { labels: {}, spec, fieldOwners: [], conditions: [], ...identity(object) };
    // one K of the union is one member of it, which the compiler does not see
    return this.observe(kind, state as unknown as ObjectStates[K]);
  }

  controlPlane(settings: Partial<ObjectStates['ControlPlane']> = {}): this {
    return this.observe('ControlPlane', {
      ...identity({ namespace: 'linkerd', name: 'linkerd' }),
      trustDomain: 'cluster.local',
      controlPlaneNamespace: 'linkerd',
      defaultPolicy: 'all-unauthenticated',
      clusterNetworks: ['10.0.0.0/8'],
      probeNetworks: ['0.0.0.0/0'],
      configured: [],
      ...settings,
    });
  }

  /** Asks for a change and sets what is desired, as one append does. Without a spec: that there be no such object. */
  desire(name: string, spec?: DesiredPresence['spec'], namespace = 'shop'): this {
    const key = { kind: 'AuthorizationPolicy', namespace, name } as const;
    const changeId = `change-${this.events.length + 1}`;
    this.#changes.push({ changeId, name });
    const revision = (this.#versions.get(desiredSubject(key)) ?? 0) + 1;
    const desired = { changeId, key, ...(spec !== undefined && { spec }) };
    this.record(changeSubject(changeId), 'ChangeRequested', { ...desired, revision });
    return this.record(desiredSubject(key), 'DesiredStateSet', desired);
  }

  /** What became of a change that was asked for, if any was. */
  outcome(pick: number): this {
    const change = this.#changes.at(-1 - (pick % Math.max(1, this.#changes.length)));
    if (change === undefined) return this;
    const subject = changeSubject(change.changeId);
    const uid = `AuthorizationPolicy-${change.name}-0`;
    switch (pick % 4) {
      case 0:
        return this.record(subject, 'ChangeRejected', { revision: 1, status: 403, message: 'no' });
      case 1:
        return this.record(subject, 'ApplyStarted', {
          ...{ revision: 1, plan: 'delete', liveUid: uid, liveResourceVersion: '1' },
        });
      default:
        return this.record(subject, 'ChangeApplied', {
          ...{ revision: 1, uid, resourceVersion: '1', modified: true },
        });
    }
  }

  source(kind: ResourceKind, phase: SourcePhase, reason = ''): this {
    return this.record(sourceStateSubject(kind), 'SourceStateChanged', { kind, phase, reason });
  }

  /** Ends that are given as text are workloads. */
  edge(
    source: TrafficEnd | string,
    destination: TrafficEnd | string,
    more: Partial<Omit<EdgeState, 'source' | 'destination'>> = {},
  ): this {
    const edge = { ...edgeId(source, destination, more.port), ...plainEdge, ...more };
    return this.record(edgeSubject(edge), 'EdgeObserved', edge);
  }

  forgetEdge(source: TrafficEnd | string, destination: TrafficEnd | string, port?: number): this {
    const subject = edgeSubject(edgeId(source, destination, port));
    this.record(subject, 'EdgeForgotten', { why: 'retention' });
    this.#versions.delete(subject);
    return this;
  }

  telemetry(phase: TelemetryState['phase'], reason = '', lastAt = 2_000): this {
    return this.record(telemetrySubject, 'TelemetryChanged', { phase, reason, lastAt });
  }

  scope(namespaces: readonly string[] | 'all'): this {
    return this.record(scopeSubject, 'ScopeDeclared', { namespaces });
  }

  #givePodShape(subject: string, hash: string | undefined): void {
    this.#shapes.move(this.#shapeByPod.get(subject), hash);
    if (hash === undefined) this.#shapeByPod.delete(subject);
    else this.#shapeByPod.set(subject, hash);
  }
}

function edgeId(source: TrafficEnd | string, destination: TrafficEnd | string, port = 8080): EdgeId {
  const end = (of: TrafficEnd | string) => (typeof of === 'string' ? workloadEnd(of) : of);
  return { source: end(source), destination: end(destination), port };
}
