import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, Metadata, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { everyoneMay, nobodyIsAsked, type Authenticator, type NamespaceAuthorizer } from '@mcp/access';
import {
  BadRequest,
  CallDirection,
  ChangesClient,
  DesiredObjectsClient,
  ErrorInfo,
  EventsClient,
  GetChangeRequest,
  GraphForm,
  HistoryClient,
  ImpactCode,
  ListChangesRequest,
  ListEventsRequest,
  MeshContextClient,
  PlansClient,
  PolicyAnswersClient,
  PreconditionFailure,
  RetryInfo,
  RpcStatus,
  SeriesResolution,
  TrafficClient,
  type ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  type Change,
  type GetCallGraphRequest,
  type GetCallGraphResponse,
  type GetMeshGraphRequest,
  type GetMeshGraphResponse,
  type GetTrafficRequest,
  type GetTrafficResponse,
  type ListChangesResponse,
  type ListEventsResponse,
  type ListDenialsRequest,
  type ListDenialsResponse,
  type RateChanges,
  type WatchMeshGraphRequest,
  type WatchMeshGraphResponse,
} from '@mcp/contracts';
import {
  collectorTopic,
  EmbeddedRequestBoard,
  openEmbeddedLog,
  openEmbeddedSeries,
  type EventLog,
  type TrafficSeries,
} from '@mcp/event-log';
import { objectSubject, sourceStateSubject, type EventType, type NewEvent } from '@mcp/events';
import { grpcServerDefaults, type GrpcServerConfig, type HubLimits } from '@mcp/grpc';
import type { NamespaceState, ServiceState } from '@mcp/mesh';
import { Health, Metrics, silentLogger } from '@mcp/runtime';
import { startMcpApi } from '../src/index.js';
import type { SightTimes } from '../src/sight.js';
import type { StagedTimes } from '../src/staged/staged-changes.js';
import { PolicyMemory } from '../src/policy-answers/thread/policy-memory.js';
import type { PolicyReply, PolicyTask, PolicyThread } from '../src/policy-answers/thread/policy-task.js';

/** The API over an embedded log of its own, and clients of it. */
export class ServedApi {
  #events = 0;

  private constructor(
    private readonly folder: string,
    readonly log: EventLog,
    readonly board: EmbeddedRequestBoard,
    readonly series: TrafficSeries,
    readonly port: number,
    readonly meshPort: number | undefined,
    readonly done: Promise<void>,
    readonly graphs: MeshContextClient,
    readonly changes: ChangesClient,
    readonly plans: PlansClient,
    readonly desired: DesiredObjectsClient,
    readonly history: HistoryClient,
    readonly events: EventsClient,
    readonly policies: PolicyAnswersClient,
    readonly traffic: TrafficClient,
    private readonly metrics: Metrics,
    private readonly stop: AbortController,
  ) {}

  static async start(
    options: {
      readonly grpc?: Partial<GrpcServerConfig>;
      readonly authenticator?: Authenticator;
      readonly authorizer?: NamespaceAuthorizer;
      /** For identities of the mesh; its port is on all addresses. */
      readonly meshIdentity?: string;
      readonly changesPerMinute?: number;
      readonly takesChanges?: boolean;
      readonly stagedTimes?: StagedTimes;
      readonly sightTimes?: SightTimes;
      /** A collector is at work. */
      readonly collector?: boolean;
      readonly signingKey?: KeyObject;
      readonly watchers?: HubLimits;
      readonly wrapLog?: (log: EventLog) => EventLog;
      readonly before?: (log: EventLog) => Promise<void>;
    } = {},
  ): Promise<ServedApi> {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-api-'));
    const log = await openEmbeddedLog({ dataDir: folder, mesh: 'test' });
    await options.before?.(log);
    const stop = new AbortController();
    const metrics = new Metrics({ ofProcess: false });
    const board = new EmbeddedRequestBoard();
    if (options.collector === true) void board.serve(collectorTopic, () => Promise.resolve({}), stop.signal);
    const series = openEmbeddedSeries({ dataDir: folder });
    const { port, meshPort, done } = await startMcpApi(
      {
        ...grpcServerDefaults,
        address: '127.0.0.1:0',
        ...(options.meshIdentity !== undefined && { meshAddress: '0.0.0.0:0' }),
        ...options.grpc,
      },
      {
        log: options.wrapLog?.(log) ?? log,
        board,
        authenticator: options.authenticator ?? nobodyIsAsked,
        authorizer: options.authorizer ?? everyoneMay,
        meshIdentity: options.meshIdentity,
        ...(options.changesPerMinute !== undefined && { changesPerMinute: options.changesPerMinute }),
        takesChanges: options.takesChanges ?? true,
        ...(options.stagedTimes !== undefined && { stagedTimes: options.stagedTimes }),
        ...(options.sightTimes !== undefined && { sightTimes: options.sightTimes }),
        signingKey: options.signingKey,
        logger: silentLogger,
        health: new Health(),
        metrics,
        policyThread: new ThreadOfTests(),
        series,
        samplesEveryMs: 20,
        ...(options.watchers !== undefined && { watchers: options.watchers }),
      },
      stop.signal,
    );
    const address = `127.0.0.1:${port}`;
    return new ServedApi(
      folder,
      log,
      board,
      series,
      port,
      meshPort,
      done,
      new MeshContextClient(address, credentials.createInsecure()),
      new ChangesClient(address, credentials.createInsecure()),
      new PlansClient(address, credentials.createInsecure()),
      new DesiredObjectsClient(address, credentials.createInsecure()),
      new HistoryClient(address, credentials.createInsecure()),
      new EventsClient(address, credentials.createInsecure()),
      new PolicyAnswersClient(address, credentials.createInsecure()),
      new TrafficClient(address, credentials.createInsecure()),
      metrics,
      stop,
    );
  }

  /** Waits until calls are answered. */
  async ready(headers: Readonly<Record<string, string>> = {}): Promise<this> {
    for (;;) {
      try {
        await this.getGraph({}, headers);
        return this;
      } catch (error) {
        if ((error as ServiceError).code !== status.UNAVAILABLE) throw error;
        await sleep(20);
      }
    }
  }

  /** Settles when the graph shows all that is in the log: what watches is told of nothing older from then on. */
  async shown(): Promise<void> {
    const { sequence } = await this.log.head();
    for (;;) {
      const { position } = await this.getGraph();
      if (Number(position.split('.')[1]) >= sequence) return;
      await sleep(5);
    }
  }

  /** By the name of the series with its labels, those of which the name begins so. */
  async measured(prefix: string): Promise<ReadonlyMap<string, number>> {
    const { body } = await this.metrics.page();
    const lines = body.split('\n').filter((line) => line.startsWith(prefix));
    return new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    );
  }

  drain(): Promise<void> {
    this.stop.abort();
    return this.done;
  }

  async close(): Promise<void> {
    await this.drain();
    this.graphs.close();
    this.changes.close();
    this.plans.close();
    this.desired.close();
    this.history.close();
    this.events.close();
    this.policies.close();
    this.traffic.close();
    await this.board.close();
    await this.series.close();
    await this.log.close();
    await rm(this.folder, { recursive: true });
  }

  /** Records one event, whatever version its subject is at; answers with its position's sequence. */
  async record<T extends EventType>(
    subject: string,
    type: T,
    data: NewEvent<T>['data'],
    occurredAt = 1,
  ): Promise<void> {
    this.#events += 1;
    const event = {
      id: `event-${this.#events}`,
      type,
      version: 1,
      occurredAt,
      actor: { name: 'test', provenBy: 'component' },
      data,
    } as NewEvent;
    await this.log.append({ writes: [{ subject, expectedVersion: 'any', event }] });
  }

  async addNamespace(name: string): Promise<void> {
    const state: NamespaceState = { ...identity('', name), labels: {}, annotations: {} };
    await this.record(objectSubject('Namespace', state), 'NamespaceObserved', state);
  }

  async addService(namespace: string, name: string, labels = 0): Promise<void> {
    const state: ServiceState = {
      ...identity(namespace, name),
      selector: Object.fromEntries(Array.from({ length: labels }, (_, n) => [`label-${n}`, 'x'.repeat(60)])),
      type: 'ClusterIP',
      headless: false,
      clusterIps: [],
      ports: [{ number: 80, protocol: 'TCP', targetPort: 8080 }],
    };
    await this.record(objectSubject('Service', state), 'ServiceObserved', state);
  }

  async namespacesAre(phase: 'live' | 'stale'): Promise<void> {
    const state = { kind: 'Namespace', phase, reason: '' } as const;
    await this.record(sourceStateSubject('Namespace'), 'SourceStateChanged', state);
  }

  getGraph(
    request: Partial<GetMeshGraphRequest> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<GetMeshGraphResponse> {
    const whole = {
      namespaces: [],
      at: '',
      form: GraphForm.GRAPH_FORM_UNSPECIFIED,
      pageBytes: 0,
      pageToken: '',
      includeRates: false,
      ...request,
    };
    return new Promise((resolve, reject) => {
      this.graphs.getMeshGraph(whole, metadataOf(headers), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  watchGraph(
    request: Partial<WatchMeshGraphRequest> = {},
    headers: Readonly<Record<string, string>> = {},
  ): WatchedGraph {
    const whole = { namespaces: [], resumeFrom: '', includeRates: false, ...request };
    return new WatchedGraph(this.graphs.watchMeshGraph(whole, metadataOf(headers)));
  }

  callGraph(request: Partial<GetCallGraphRequest>): Promise<GetCallGraphResponse> {
    const whole = {
      workload: undefined,
      service: undefined,
      direction: CallDirection.CALL_DIRECTION_UNSPECIFIED,
      depth: 0,
      maxEdges: 0,
      at: '',
      ...request,
    };
    return new Promise((resolve, reject) => {
      this.traffic.getCallGraph(whole, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  edgeTraffic(request: Partial<GetTrafficRequest>): Promise<GetTrafficResponse> {
    const whole = {
      edge: '',
      workload: undefined,
      from: undefined,
      to: undefined,
      resolution: SeriesResolution.SERIES_RESOLUTION_UNSPECIFIED,
      pageBytes: 0,
      pageToken: '',
      ...request,
    };
    return new Promise((resolve, reject) => {
      this.traffic.getTraffic(whole, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  denials(request: Partial<ListDenialsRequest> = {}): Promise<ListDenialsResponse> {
    const whole = {
      namespace: '',
      workload: undefined,
      client: undefined,
      kinds: [],
      since: undefined,
      pageBytes: 0,
      pageToken: '',
      ...request,
    };
    return new Promise((resolve, reject) => {
      this.traffic.listDenials(whole, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }

  apply(
    request: Partial<ApplyAuthorizationPolicyRequest>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApplyAuthorizationPolicyResponse> {
    const whole: ApplyAuthorizationPolicyRequest = {
      namespace: 'shop',
      name: 'web',
      jsonSpec: request.spec === undefined ? policyJson('web') : '',
      spec: undefined,
      idempotencyKey: '',
      dryRun: false,
      reason: '',
      acceptImpact: [ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT],
      ...request,
    };
    return new Promise((resolve, reject) => {
      this.graphs.applyAuthorizationPolicy(whole, metadataOf(headers), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  listChanges(request: Partial<ListChangesRequest> = {}): Promise<ListChangesResponse> {
    return new Promise((resolve, reject) => {
      this.changes.listChanges(ListChangesRequest.fromPartial(request), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  listEvents(
    request: Partial<ListEventsRequest> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ListEventsResponse> {
    return new Promise((resolve, reject) => {
      const whole = ListEventsRequest.fromPartial(request);
      this.events.listEvents(whole, metadataOf(headers), (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  }

  getChange(changeId: string, request: Partial<GetChangeRequest> = {}): Promise<Change> {
    return new Promise((resolve, reject) => {
      this.changes.getChange(GetChangeRequest.fromPartial({ changeId, ...request }), (error, answer) =>
        error || answer.change === undefined
          ? reject(error ?? new Error('an empty answer'))
          : resolve(answer.change),
      );
    });
  }
}

/** The messages of a watch, one at a time. */
export class WatchedGraph {
  readonly #messages: AsyncIterator<WatchMeshGraphResponse>;

  constructor(readonly call: ClientReadableStream<WatchMeshGraphResponse>) {
    this.#messages = (call as AsyncIterable<WatchMeshGraphResponse>)[Symbol.asyncIterator]();
  }

  /** Rejects with the status that the stream ends with, also where that is OK. */
  async next(): Promise<WatchMeshGraphResponse> {
    const next = await this.#messages.next();
    if (next.done === true) throw new Error('the stream ended');
    return next.value;
  }

  /** A whole snapshot, from its first chunk to its last. */
  async snapshot(): Promise<{ keys: string[]; position: string; resyncReason: string }> {
    const keys: string[] = [];
    let resyncReason = '';
    for (;;) {
      const { message, position } = await this.next();
      if (message?.$case !== 'snapshot') throw new Error(`a ${message?.$case ?? ''} within a snapshot`);
      if (message.snapshot.first) ({ resyncReason } = message.snapshot);
      keys.push(...message.snapshot.entities.map(({ key }) => key));
      if (message.snapshot.last) return { keys, position, resyncReason };
    }
  }

  /** The next delta, in words, past heartbeats. */
  async delta(): Promise<{ upserted: string[]; removed: readonly string[]; position: string }> {
    for (;;) {
      const { message, position } = await this.next();
      if (message?.$case === 'heartbeat') continue;
      if (message?.$case !== 'delta') throw new Error(`a ${message?.$case ?? ''} where a delta was due`);
      const { upserted, removed } = message.delta;
      return { upserted: upserted.map(({ key }) => key), removed, position };
    }
  }

  /** The next rates, past heartbeats. */
  async rates(): Promise<RateChanges> {
    for (;;) {
      const { message } = await this.next();
      if (message?.$case === 'heartbeat') continue;
      if (message?.$case !== 'rates') throw new Error(`a ${message?.$case ?? ''} where rates were due`);
      return message.rates;
    }
  }

  cancel(): void {
    this.call.on('error', () => undefined);
    this.call.cancel();
  }
}

/** Does in this thread what another one does, with nothing shared between them. */
class ThreadOfTests implements PolicyThread {
  readonly #memory = new PolicyMemory();

  run(task: PolicyTask): Promise<PolicyReply> {
    return Promise.resolve(structuredClone(this.#memory.do(structuredClone(task))));
  }
}

/** A log of which some methods are others. */
export function logWith(log: EventLog, others: Partial<EventLog>): EventLog {
  return new Proxy(log, {
    get: (target, property) => {
      const value: unknown = Reflect.get(others, property) ?? Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

function identity(namespace: string, name: string) {
  return { namespace, name, uid: `uid-${namespace}-${name}`, createdAt: 1 };
}

export function policyJson(server: string): string {
  return JSON.stringify({
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: server },
    requiredAuthenticationRefs: [],
  });
}

const decoders = { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo };

/** What a call was refused with: the name of the status, the message, and the details by name. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ code: number; message: string; details: Record<string, never> }> {
  try {
    await call;
  } catch (error) {
    const { code, details: message, metadata } = error as ServiceError;
    const [bytes] = metadata.get('grpc-status-details-bin');
    const details: Record<string, unknown> = {};
    for (const { typeUrl, value } of bytes === undefined ? [] : RpcStatus.decode(bytes as Buffer).details) {
      const type = typeUrl.replace('type.googleapis.com/google.rpc.', '') as keyof typeof decoders;
      details[type] = decoders[type].decode(value);
    }
    return { code, message, details: details as Record<string, never> };
  }
  throw new Error('the call was not refused');
}
