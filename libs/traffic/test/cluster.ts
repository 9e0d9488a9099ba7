import type { AnyRecordedEvent, EventData, EventType } from '@mcp/events';
import { objectSubject, podShapeSubject } from '@mcp/events';
import type { ControllerState, ObjectStates, PodState, ResourceKind } from '@mcp/mesh';
import { PodDirectory } from '../src/edges/directory/pod-directory.js';

/** `namespace/Kind/name`. */
type Named = `${string}/${string}/${string}`;

export interface PodOptions {
  readonly uid?: string;
  readonly owner?: Named;
  readonly account?: string;
  readonly meshed?: boolean;
  readonly phase?: PodState['phase'];
  readonly ready?: boolean;
  readonly ips?: readonly string[];
  readonly createdAt?: number;
}

export const trustDomain = 'cluster.local';

/** `web.shop` as the identity of the service account `web` of `shop`. */
export function identity(account: string, domain = trustDomain): string {
  return `${account}.serviceaccount.identity.linkerd.${domain}`;
}

/** Writes the events of a cluster, a second apart, and folds them. */
export class Cluster {
  readonly events: AnyRecordedEvent[] = [];
  #now = 1_000_000;

  get directory(): PodDirectory {
    const directory = new PodDirectory();
    for (const event of this.events) directory.evolve(event);
    return directory;
  }

  /** Lets time pass before the next event. */
  wait(ms: number): this {
    this.#now += ms;
    return this;
  }

  linkerd(controlPlaneNamespace = 'linkerd'): this {
    const settings = { trustDomain, controlPlaneNamespace, configured: [] };
    return this.observe('ControlPlane', { ...life('linkerd', 'linkerd'), ...settings });
  }

  controller(named: Named, owner?: Named): this {
    const { kind, ...object } = parse(named);
    const state: ControllerState = { ...life(object.namespace, object.name, named), kind };
    return this.observe('Controller', owner === undefined ? state : { ...state, owner: ownerRef(owner) });
  }

  /** `shop/web-1-a` at this address; meshed, running, and of the account `default` unless said otherwise. */
  pod(pod: `${string}/${string}`, address: string, options: PodOptions = {}): this {
    const [namespace = '', name = ''] = pod.split('/');
    const { account = 'default', meshed = true, owner } = options;
    const hash = `${account}/${meshed}`;
    this.record(podShapeSubject(hash), 'PodShapeObserved', {
      hash,
      labels: {},
      annotations: {},
      serviceAccount: account,
      ports: [],
      probes: [],
      meshed,
      governed: meshed,
    });
    return this.observe('Pod', {
      ...life(namespace, name, options.uid),
      createdAt: options.createdAt ?? 1_000,
      shape: hash,
      ips: options.ips ?? [address],
      phase: options.phase ?? 'Running',
      ready: options.ready ?? true,
      ...(owner !== undefined && { owner: ownerRef(owner) }),
    });
  }

  /** A Deployment `shop/web` with a ReplicaSet `web-1` and a pod `web-1-a`, `web-1-b`, … at each address, of an account of its name. */
  deployment(named: `${string}/${string}`, addresses: readonly string[], options: PodOptions = {}): this {
    const [namespace = '', name = ''] = named.split('/');
    this.controller(`${namespace}/Deployment/${name}`);
    this.controller(`${namespace}/ReplicaSet/${name}-1`, `${namespace}/Deployment/${name}`);
    addresses.forEach((address, index) => {
      this.pod(`${namespace}/${name}-1-${'abcdefgh'.charAt(index)}`, address, {
        account: name,
        owner: `${namespace}/ReplicaSet/${name}-1`,
        ...options,
      });
    });
    return this;
  }

  egressNetwork(namespace: string, name: string): this {
    return this.observe('EgressNetwork', {
      ...life(namespace, name),
      labels: {},
      spec: { trafficPolicy: 'Allow' },
      fieldOwners: [],
      conditions: [],
    });
  }

  externalWorkload(namespace: string, name: string, proven: string): this {
    return this.observe('ExternalWorkload', {
      ...life(namespace, name),
      labels: {},
      annotations: {},
      identity: proven,
      serverName: proven,
      ports: [],
      ips: ['192.0.2.1'],
      ready: true,
    });
  }

  observe<K extends ResourceKind>(kind: K, state: ObjectStates[K]): this {
    return this.record(objectSubject(kind, state), `${kind}Observed`, state as EventData<`${K}Observed`>);
  }

  delete(kind: ResourceKind, named: string, uid = named): this {
    const [namespace = '', ...rest] = named.split('/');
    const object = { namespace, name: rest.at(-1) ?? '', uid: uid.replaceAll('/', '-') };
    return this.record(objectSubject(kind, object), `${kind}Deleted`, { detectedLate: false });
  }

  record<T extends EventType>(subject: string, type: T, data: EventData<T>): this {
    this.#now += 1_000;
    const sequence = this.events.length + 1;
    this.events.push({
      id: `event-${sequence}`,
      type,
      version: 1,
      occurredAt: this.#now,
      recordedAt: this.#now,
      actor: { name: 'collector', provenBy: 'component' },
      data,
      subject,
      subjectVersion: 1,
      position: { log: 'cluster', sequence, digest: '' },
      // the type and the data came together
    } as AnyRecordedEvent);
    return this;
  }
}

function life(namespace: string, name: string, uid = `${namespace}/${name}`) {
  return { namespace, name, uid: uid.replaceAll('/', '-'), createdAt: 1_000 };
}

function ownerRef(named: Named) {
  const { kind, name } = parse(named);
  return { kind, name, uid: named.replaceAll('/', '-') };
}

function parse(named: Named) {
  const [namespace = '', kind = '', name = ''] = named.split('/');
  return { namespace, kind, name };
}
