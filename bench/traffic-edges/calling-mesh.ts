import type { AnyRecordedEvent, EventData, EventType } from '@mcp/events';
import { objectSubject, podShapeSubject } from '@mcp/events';
import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import { PodDirectory } from '@mcp/traffic';

const callsOfOne = 10;
const deploymentsOfNamespace = 20;
const beganAt = Date.UTC(2026, 0, 1) / 1000;

/** One call of one Deployment to another. */
interface Call {
  readonly from: Deployment;
  readonly to: Deployment;
  /** Answered well, each second. */
  readonly rate: number;
}

interface Deployment {
  readonly namespace: string;
  readonly name: string;
  readonly pod: string;
  readonly address: string;
  readonly identity: string;
}

type Metric = Readonly<Record<string, string>>;

/**
 * So many edges: Deployments of one meshed pod and a service account each, every one of which calls ten others by mesh TLS. What
 * Prometheus answers about them has one row for each call and, of responses, for each classification, on both ends.
 */
export class CallingMesh {
  /** What the log knows of it. */
  readonly directory = new PodDirectory();
  readonly #deployments: readonly Deployment[];
  readonly #calls: readonly Call[];
  #sequence = 0;
  #random = 7;

  constructor(readonly edges: number) {
    const count = edges / callsOfOne;
    this.#deployments = Array.from({ length: count }, (_, index) => deployment(index));
    this.#calls = this.#deployments.flatMap((from, index) =>
      Array.from({ length: callsOfOne }, (_, call) => ({
        from,
        to: this.#deployments[(index * 7 + call * 131 + 1) % count]!,
        rate: this.#rate(),
      })),
    );
    this.#tellDirectory();
  }

  /** By a part of the query that they answer. `details`: also what only adds fields to rows. */
  answers(details: boolean): ReadonlyMap<string, Buffer> {
    const proxies = this.#deployments.map(labelsOfProxy);
    const outbound = this.#calls.map(({ from, to }) => ({
      ...labelsOfProxy(from),
      authority: `${to.name}.${to.namespace}.svc.cluster.local:80`,
      dst_control_plane_ns: 'linkerd',
      dst_deployment: to.name,
      dst_namespace: to.namespace,
      dst_service: to.name,
      server_id: to.identity,
      target_port: '8080',
      tls: 'true',
    }));
    // a proxy is scraped as a whole, so that its rows come together
    const served = [...this.#calls].sort((a, b) => (a.to.pod < b.to.pod ? -1 : 1));
    const inbound = served.map(({ from, to }) => ({
      ...labelsOfProxy(to),
      authz_group: 'policy.linkerd.io',
      authz_kind: 'authorizationpolicy',
      authz_name: to.name,
      client_id: from.identity,
      route_kind: 'default',
      route_name: 'default',
      srv_group: 'policy.linkerd.io',
      srv_kind: 'server',
      srv_name: to.name,
      srv_port: '8080',
      target_port: '8080',
      tls: 'true',
    }));
    const byClass = (metrics: readonly Metric[], calls: readonly Call[]) =>
      answer([
        ...metrics.map((metric, at) => [{ ...metric, classification: 'success' }, calls[at]!.rate] as const),
        ...metrics.map((metric) => [{ ...metric, classification: 'failure' }, this.#rate() / 100] as const),
      ]);
    const of = (metrics: readonly Metric[], value: () => number) =>
      answer(metrics.map((metric) => [metric, value()]));
    const rate = () => this.#rate();
    return new Map([
      [
        'max by (namespace, pod, instance, job) (up{',
        of(
          proxies.map((metric) => ({ ...metric, job })),
          () => 1,
        ),
      ],
      ['count by (namespace, pod, instance) (process_start', of(proxies, () => 1)],
      ['max by (namespace, pod, instance) (process_start', of(proxies, () => beganAt)],
      ['response_total{direction="outbound"', byClass(outbound, this.#calls)],
      ['tcp_open_connections{direction="outbound"', of(outbound, () => 1)],
      ['response_total{direction="inbound"', byClass(inbound, served)],
      ...(details
        ? ([
            ['request_total{direction="outbound"', of(outbound, rate)],
            ['tcp_open_total{direction="outbound"', of(outbound, rate)],
            ['tcp_write_bytes_total{direction="outbound"', of(outbound, rate)],
            ['tcp_read_bytes_total{direction="outbound"', of(outbound, rate)],
            ['(tcp_open_connections{direction="inbound"', of(inbound.map(connectionOf), () => 1)],
          ] as const)
        : []),
    ]);
  }

  #tellDirectory(): void {
    const settings = { trustDomain: 'cluster.local', controlPlaneNamespace: 'linkerd', configured: [] };
    this.#observe('ControlPlane', { ...life('linkerd', 'linkerd'), ...settings });
    this.#deployments.forEach(({ namespace, name, pod, address }) => {
      const [owning, owned] = [life(namespace, name), life(namespace, `${name}-1`)];
      this.#observe('Controller', { ...owning, kind: 'Deployment' });
      const owner = { kind: 'Deployment', name, uid: owning.uid };
      this.#observe('Controller', { ...owned, kind: 'ReplicaSet', owner });
      this.#record(podShapeSubject(name), 'PodShapeObserved', {
        ...{ hash: name, labels: {}, annotations: {}, serviceAccount: name, ports: [], probes: [] },
        ...{ meshed: true, governed: true },
      });
      this.#observe('Pod', {
        ...life(namespace, pod),
        ...{ shape: name, ips: [address], phase: 'Running', ready: true },
        owner: { kind: 'ReplicaSet', name: owned.name, uid: owned.uid },
      });
    });
  }

  #observe<K extends ResourceKind>(kind: K, state: ObjectStates[K]): void {
    this.#record(objectSubject(kind, state), `${kind}Observed`, state as EventData<`${K}Observed`>);
  }

  #record<T extends EventType>(subject: string, type: T, data: EventData<T>): void {
    this.directory.evolve(recorded((this.#sequence += 1), subject, type, data));
  }

  #rate(): number {
    this.#random = (this.#random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.exp((this.#random / 2_147_483_648) * 8 - 2);
  }
}

const job = 'linkerd-proxy';

export function recorded<T extends EventType>(
  sequence: number,
  subject: string,
  type: T,
  data: EventData<T>,
): AnyRecordedEvent {
  return {
    ...{ id: `event-${sequence}`, type, version: 1, occurredAt: beganAt * 1000, recordedAt: beganAt * 1000 },
    actor: { name: 'collector', provenBy: 'component' },
    ...{ data, subject, subjectVersion: 1, position: { log: 'bench', sequence, digest: '' } },
    // the type and the data came together
  } as AnyRecordedEvent;
}

function deployment(index: number): Deployment {
  const namespace = `team-${Math.floor(index / deploymentsOfNamespace)}`;
  const name = `app-${index}`;
  return {
    ...{ namespace, name, pod: `${name}-7c6b8d9f4-x2x9z` },
    address: `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
    identity: `${name}.${namespace}.serviceaccount.identity.linkerd.cluster.local`,
  };
}

function labelsOfProxy({ namespace, pod, address }: Deployment): Metric {
  return { instance: `${address}:4191`, namespace, pod };
}

function connectionOf({ authz_group: _g, authz_kind: _k, authz_name: _n, ...rest }: Metric): Metric {
  const { route_kind: _rk, route_name: _rn, ...connection } = rest;
  return connection;
}

function life(namespace: string, name: string) {
  return { namespace, name, uid: `${namespace}-${name}`, createdAt: beganAt * 1000 };
}

/** As Prometheus writes it. */
function answer(rows: readonly (readonly [Metric, number])[]): Buffer {
  const result = rows
    .map(([metric, value]) => {
      const sorted = Object.fromEntries(Object.entries(metric).sort(([a], [b]) => (a < b ? -1 : 1)));
      return `{"metric":${JSON.stringify(sorted)},"value":[${beganAt + 3600}.5,"${value}"]}`;
    })
    .join(',');
  return Buffer.from(`{"status":"success","data":{"resultType":"vector","result":[${result}]}}\n`);
}
