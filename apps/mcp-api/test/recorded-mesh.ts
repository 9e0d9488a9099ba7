import {
  edgeSubject,
  objectSubject,
  podShapeSubject,
  refusalSubject,
  scopeSubject,
  sourceStateSubject,
  telemetrySubject,
  usageSubject,
  type EdgeState,
  type LedgerEdge,
  type NewEvent,
  type RefusedTraffic,
  type TelemetryState,
  type WorkloadUsage,
} from '@mcp/events';
import type { ObjectStates, PodShape, PolicyKind, ResourceKind, TrafficEnd } from '@mcp/mesh';
import { formatEdgeId, resourceKinds } from '@mcp/mesh';
import type { ServedApi } from './served-api.js';

const meshed: PodShape = {
  labels: {},
  annotations: {},
  serviceAccount: 'default',
  ports: [],
  probes: [],
  meshed: true,
  governed: true,
};

/** Records a mesh as a collector does, with every kind followed. */
export class RecordedMesh {
  private constructor(private readonly api: ServedApi) {}

  static async of(api: ServedApi): Promise<RecordedMesh> {
    const mesh = new RecordedMesh(api);
    for (const kind of resourceKinds) await mesh.source(kind, 'live');
    await mesh.controlPlane();
    return mesh;
  }

  controlPlane(more: Partial<ObjectStates['ControlPlane']> = {}): Promise<void> {
    return this.observe('ControlPlane', {
      ...identity('linkerd', 'linkerd'),
      trustDomain: 'cluster.local',
      controlPlaneNamespace: 'linkerd',
      defaultPolicy: 'all-unauthenticated',
      clusterNetworks: ['10.0.0.0/8'],
      probeNetworks: [],
      configured: [],
      ...more,
    });
  }

  source(kind: ResourceKind, phase: 'live' | 'stale'): Promise<void> {
    return this.api.record(sourceStateSubject(kind), 'SourceStateChanged', { kind, phase, reason: '' });
  }

  scope(namespaces: readonly string[]): Promise<void> {
    return this.api.record(scopeSubject, 'ScopeDeclared', { namespaces });
  }

  namespace(name: string): Promise<void> {
    return this.api.addNamespace(name);
  }

  /** A workload of these pods, each with its one address. */
  async workload(
    namespace: string,
    name: string,
    pods: Readonly<Record<string, string>>,
    { kind = 'Deployment', ...parts }: Partial<PodShape> & { readonly kind?: string } = {},
  ): Promise<void> {
    const controller = { ...identity(namespace, name), uid: `uid-${namespace}-${kind}-${name}` };
    await this.observe('Controller', { ...controller, kind });
    const { labels, ...others } = parts;
    const shape: PodShape = {
      ...meshed,
      ...others,
      labels: { app: name, 'linkerd.io/control-plane-ns': 'linkerd', ...labels },
    };
    const hash = JSON.stringify(shape);
    await this.api.record(podShapeSubject(hash), 'PodShapeObserved', { ...shape, hash });
    for (const [pod, ip] of Object.entries(pods))
      await this.observe('Pod', {
        ...identity(namespace, pod),
        shape: hash,
        owner: { kind, name, uid: controller.uid },
        ips: ip === '' ? [] : [ip],
        phase: 'Running',
        ready: true,
      });
  }

  service(namespace: string, name: string, more: Partial<ObjectStates['Service']>): Promise<void> {
    return this.observe('Service', {
      ...identity(namespace, name),
      type: 'ClusterIP',
      headless: false,
      clusterIps: [],
      ports: [],
      ...more,
    });
  }

  policy<K extends PolicyKind>(
    kind: K,
    namespace: string,
    name: string,
    spec: ObjectStates[K]['spec'],
    more: Partial<ObjectStates[K]> = {},
  ): Promise<void> {
    const state = {
      ...identity(namespace, name),
      labels: {},
      spec,
      fieldOwners: [],
      conditions: [],
      ...more,
    };
    return this.observe(kind, state as unknown as ObjectStates[K]);
  }

  gone(kind: PolicyKind, namespace: string, name: string): Promise<void> {
    const subject = objectSubject(kind, identity(namespace, name));
    return this.api.record(subject, `${kind}Deleted`, { detectedLate: false });
  }

  /** An end that is given as text, `shop/Deployment/web`, is a workload. Answers its id. */
  async edge(
    source: TrafficEnd | string,
    destination: TrafficEnd | string,
    more: Partial<EdgeState> = {},
  ): Promise<string> {
    const edge = { ...plainEdge, source: endOf(source), destination: endOf(destination), ...more };
    await this.api.record(edgeSubject(edge), 'EdgeObserved', edge);
    return formatEdgeId(edge);
  }

  async refused(refusal: Partial<RefusedTraffic> = {}): Promise<void> {
    const whole = { ...plainRefusal, ...refusal };
    await this.api.record(refusalSubject(whole), 'TrafficRefused', whole);
  }

  /** Who called a workload, `shop/Deployment/web`, on the day of this time and until then. */
  async usage(
    workload: string,
    at: number,
    edges: readonly Partial<LedgerEdge>[],
    { observedMs = at % dayMs, dropped = 0 }: Partial<WorkloadUsage> = {},
  ): Promise<void> {
    const [namespace = '', kind = '', name = ''] = workload.split('/');
    const day = new Date(at).toISOString().slice(0, 10);
    const ref = { namespace, kind, name };
    const whole = edges.map((edge) => ({ ...plainUsage, firstAt: at, lastAt: at, ...edge }));
    const data = { workload: ref, day, observedMs, edges: whole, dropped };
    await this.api.record(usageSubject(ref, day), 'UsageRecorded', data, at);
  }

  telemetry(
    phase: TelemetryState['phase'],
    reason = '',
    more: Pick<TelemetryState, 'faults' | 'proxies'> = {},
  ): Promise<void> {
    return this.api.record(telemetrySubject, 'TelemetryChanged', { phase, reason, lastAt: 2_000, ...more });
  }

  observe<K extends ResourceKind>(kind: K, state: ObjectStates[K]): Promise<void> {
    const type = `${kind}Observed` as const;
    return this.api.record(
      objectSubject(kind, state),
      type,
      state as unknown as NewEvent<typeof type>['data'],
    );
  }
}

const plainEdge: Omit<EdgeState, 'source' | 'destination'> = {
  port: 8080,
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
  seen: { asOf: 2_000, windowMs: 60_000, proxiesSeen: 2, meshedPods: 3 },
};

const dayMs = 24 * 3_600_000;

const plainUsage: Omit<LedgerEdge, 'firstAt' | 'lastAt'> = {
  client: { kind: 'unmeshed' },
  port: 8080,
  protocol: 'http',
  route: { group: '', kind: 'default', name: 'default' },
  allowed: 1,
  denied: 0,
};

const plainRefusal: RefusedTraffic = {
  what: 'denied',
  workload: { namespace: 'shop', kind: 'Deployment', name: 'cart' },
  port: 8080,
  protocol: 'http',
  server: { group: 'policy.linkerd.io', kind: 'server', name: 'cart-http' },
  client: { kind: 'unmeshed' },
  count: 1,
  total: 1,
  firstAt: 1_000,
  lastAt: 1_000,
};

function endOf(end: TrafficEnd | string): TrafficEnd {
  if (typeof end !== 'string') return end;
  const [namespace = '', kind = '', name = ''] = end.split('/');
  return { kind: 'workload', workload: { namespace, kind, name } };
}

export function identity(namespace: string, name: string) {
  return { namespace, name, uid: `uid-${namespace}-${name}`, createdAt: 1 };
}

/** A port that a container declares. */
export function containerPort(name: string, number: number) {
  return { container: 'main', init: false, name, number, protocol: 'TCP' };
}

export function serverSpec(
  app: string,
  port: number | string,
  more: Partial<ObjectStates['Server']['spec']> = {},
): ObjectStates['Server']['spec'] {
  return {
    selects: 'pods',
    selector: { matchLabels: { app }, matchExpressions: [] },
    port,
    proxyProtocol: 'HTTP/2',
    accessPolicy: 'deny',
    ...more,
  };
}
