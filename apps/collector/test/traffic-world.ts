import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Append,
  type Appended,
  type Epoch,
  type EventLog,
  openEmbeddedLog,
  openEmbeddedSeries,
  type TrafficSeries,
} from '@mcp/event-log';
import {
  type EventData,
  type EventType,
  objectSubject,
  podShapeSubject,
  type RecordedEvent,
} from '@mcp/events';
import type { ObjectStates, ResourceKind } from '@mcp/mesh';
import type { Logger } from '@mcp/runtime';
import { trafficTask } from '../src/traffic/traffic-of-term.js';
import type { PollOutcome, TrafficFigures } from '../src/traffic/traffic.metrics.js';
import type { TrafficTask } from '../src/traffic/traffic-task.js';
import { ScriptedTraffic } from './scripted-traffic.js';

type Fault = (append: Append, real: (append: Append) => Promise<Appended>) => Promise<Appended>;

/** A log and a series in folders of their own, `web` and `cart` of `shop` in the log, and one reader of traffic after the other. */
export class TrafficWorld {
  now = Date.parse('2026-11-22T10:00:00Z');
  readonly source = new ScriptedTraffic();
  readonly said: string[] = [];
  readonly outcomes: PollOutcome[] = [];
  figures: TrafficFigures | undefined;
  /** Each is what one append does instead. */
  readonly faults: Fault[] = [];
  /** How the running reader ended. */
  ended: Promise<void> = Promise.resolve();
  #task: TrafficTask | undefined;
  #stop = new AbortController();
  #epoch: Epoch | undefined;

  private constructor(
    private readonly folder: string,
    public log: EventLog,
    readonly series: TrafficSeries,
  ) {}

  static async open(): Promise<TrafficWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'traffic-'));
    const log = await openEmbeddedLog({ dataDir: join(folder, 'log'), mesh: 'test' });
    const world = new TrafficWorld(folder, log, openEmbeddedSeries({ dataDir: join(folder, 'series') }));
    await world.#populate();
    return world;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.ended.catch(() => undefined);
    await this.series.close();
    await this.log.close();
    await rm(this.folder, { recursive: true });
  }

  /** A new reader; it has folded the log, and asks for the first reading, when this ends. */
  async start(absent?: string): Promise<void> {
    this.#stop = new AbortController();
    this.source.forsaken();
    const epoch = await this.log.claim('collector', randomUUID());
    this.#epoch = epoch;
    const read = { source: this.source, series: this.series, pollMs: 1, rememberDays: 30 };
    const { source } = this;
    this.#task = trafficTask(absent === undefined ? read : { absent }, {
      log: this.#logNow(),
      logger: this.#logger(),
      outside: { now: () => this.now, newId: randomUUID },
      metrics: {
        polled: (outcome) => this.outcomes.push(outcome),
        recorded: () => undefined,
        measured: (figures) => (this.figures = figures),
      },
    });
    this.ended = this.#task.run(epoch, this.#stop.signal);
    this.ended.catch(() => undefined);
    if (absent === undefined) await source.isAskedForMore();
  }

  /** As a process that is killed: no farewell. */
  async kill(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    if (this.#epoch !== undefined) await this.#task?.farewell(this.#epoch);
  }

  /** Lets the log lose what it is given after this until it is called. */
  async losable(): Promise<() => Promise<void>> {
    const [kept, lost] = [join(this.folder, 'kept'), join(this.folder, 'log')];
    await this.log.close();
    await cp(lost, kept, { recursive: true });
    this.log = await openEmbeddedLog({ dataDir: lost, mesh: 'test' });
    return async () => {
      await this.log.close();
      await rm(lost, { recursive: true });
      await cp(kept, lost, { recursive: true });
      this.log = await openEmbeddedLog({ dataDir: lost, mesh: 'test' });
    };
  }

  async events<T extends EventType>(type: T): Promise<RecordedEvent<T>[]> {
    const events: RecordedEvent[] = [];
    for await (const batch of this.log.read({ log: await this.log.identity(), sequence: 0, digest: '' }))
      events.push(...batch.filter((event) => event.type === type));
    return events as RecordedEvent<T>[];
  }

  async refused(): Promise<number> {
    const events = await this.events('TrafficRefused');
    return events.reduce((sum, { data: { count } }) => sum + count, 0);
  }

  async phases(): Promise<string[]> {
    return (await this.events('TelemetryChanged')).map(({ data: { phase } }) => phase);
  }

  async record<T extends EventType>(subject: string, type: T, data: EventData<T>): Promise<void> {
    const actor = { name: 'collector', provenBy: 'component' } as const;
    const event = { id: randomUUID(), type, version: 1, occurredAt: this.now, actor, data };
    await this.log.append({ writes: [{ subject, expectedVersion: 'any', event }] });
  }

  #logNow(): EventLog {
    const append = (request: Append): Promise<Appended> => {
      const real = (given: Append): Promise<Appended> => this.log.append(given);
      return (this.faults.shift() ?? real)(request, real);
    };
    return new Proxy({} as EventLog, {
      get: (_target, name) => {
        if (name === 'append') return append;
        const member: unknown = Reflect.get(this.log, name);
        return typeof member === 'function' ? (member.bind(this.log) as unknown) : member;
      },
    });
  }

  #logger(): Logger {
    const say = (message: string): void => void this.said.push(message);
    const logger: Logger = { debug: say, info: say, warn: say, error: say, with: () => logger };
    return logger;
  }

  async #populate(): Promise<void> {
    const { now: createdAt } = this;
    const observe = <K extends ResourceKind>(kind: K, state: ObjectStates[K]): Promise<void> =>
      this.record(objectSubject(kind, state), `${kind}Observed`, state as EventData<`${K}Observed`>);
    const life = (namespace: string, name: string) => ({ namespace, name, uid: `uid-of-${name}`, createdAt });
    const mesh = { trustDomain: 'cluster.local', controlPlaneNamespace: 'linkerd', configured: [] };
    await observe('ControlPlane', { ...life('linkerd', 'linkerd'), ...mesh });
    for (const [index, name] of ['web', 'cart'].entries()) {
      const set = `${name}-1`;
      const owner = (kind: string, of: string) => ({ owner: { kind, name: of, uid: `uid-of-${of}` } });
      await observe('Controller', { ...life('shop', name), kind: 'Deployment' });
      await observe('Controller', { ...life('shop', set), kind: 'ReplicaSet', ...owner('Deployment', name) });
      await this.record(podShapeSubject(name), 'PodShapeObserved', {
        ...{ hash: name, labels: {}, annotations: {}, serviceAccount: name, ports: [], probes: [] },
        ...{ meshed: true, governed: true },
      });
      await observe('Pod', {
        ...life('shop', `${set}-a`),
        ...{ shape: name, ips: [`10.0.0.${index + 1}`], phase: 'Running', ready: true },
        ...owner('ReplicaSet', set),
      });
    }
  }
}
