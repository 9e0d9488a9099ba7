import type { AddressInfo } from 'node:net';

import { createApiServer } from './api-server.js';
import { Life } from './life.js';
import { ObjectStore } from './object-store.js';
import { PolicyController } from './policy-controller.js';
import { seededRandom, uidFrom } from './random.js';
import { Registry } from './registry.js';
import { buildScene } from './scene/build-scene.js';
import { sceneFlows } from './scene/flows.js';
import type { Decider } from './traffic/decider.js';
import { decideByPolicy } from './traffic/decider.js';
import { Traffic } from './traffic/traffic.js';
import { trafficAnswer } from './traffic/traffic-door.js';
import { WorkloadControllers } from './workload-controllers.js';

export interface SimulatedMeshOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** The address to listen on. There is no authentication: a loopback address, unless a firewall stands before it. */
  readonly host: string;
  /** The same seed gives the same mesh, and the same life as long as nobody else writes. */
  readonly seed: string;
  /** Time between two steps of life, 4000 by default; 0 keeps the objects still, while calls go on. */
  readonly paceMs?: number;
  /** How many changes a watch can reach back, 4096 by default. */
  readonly historyLimit?: number;
  /** How often a watch gets a bookmark, 10,000 by default. */
  readonly bookmarkMs?: number;
  /**
   * The version before the first object's; by default the time, in hundredths of a millisecond. So every version of an
   * earlier run is older than all of this run, unless that made 100 changes in each millisecond of its life, and a watcher
   * from then is told that its version is gone.
   */
  readonly firstResourceVersion?: number;
  /** What its proxies do with a call; by default what this product says that Linkerd does. */
  readonly decider?: Decider;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface SimulatedMesh {
  /** Of the API server; `/proxies`, `/proxies/<namespace>/<pod>/metrics` and `/traffic` are beside the API. */
  readonly url: string;
  /** The text of a kubeconfig for this server. */
  readonly kubeconfig: string;
  /** One step of life, now. */
  step(): void;
  /** Forgets the past: every version before this moment is gone for watches and pages. */
  compact(): void;
  /** Ends the life, all watches and the server. */
  close(): Promise<void>;
}

/** A watch that names no end lasts half an hour, as the shortest of a real API server does. */
const watchTimeoutMs = 30 * 60_000;

/** Builds the mesh, serves it, and lets it live. Fails where the port is taken. */
export async function startSimulatedMesh(options: SimulatedMeshOptions): Promise<SimulatedMesh> {
  const {
    port,
    host,
    seed,
    paceMs = 4000,
    historyLimit = 4096,
    bookmarkMs = 10_000,
    decider = decideByPolicy,
    now = Date.now,
  } = options;
  const store = new ObjectStore({
    firstResourceVersion: options.firstResourceVersion ?? Date.now() * 100,
    historyLimit,
  });
  buildScene(store, seed);

  const registry = new Registry(store, {
    now,
    // the version makes a second life of the same name another object
    uidOf: ({ type, namespace, name }, resourceVersion) =>
      uidFrom(`${seed}/${type.group}/${type.kind}/${namespace}/${name}/${resourceVersion}`),
  });
  const workloads = new WorkloadControllers(registry, seededRandom(`${seed}/pods`), now);
  const life = new Life(registry, workloads, seededRandom(`${seed}/life`));
  const stopPolicyController = new PolicyController(registry, now).start();
  const traffic = new Traffic(store, { flows: sceneFlows, decider, now });

  const server = createApiServer(registry, { bookmarkMs, timeoutMs: watchTimeoutMs }, (path, asked) =>
    trafficAnswer(traffic, path, asked),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const step = (): void => {
    life.step();
    // what runs for one step only calls in it
    traffic.advance();
  };
  const stopTraffic = traffic.start();
  const pace = paceMs > 0 ? setInterval(step, paceMs) : undefined;

  const url = `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    kubeconfig: kubeconfigFor(url),
    step,
    compact: () => store.compact(),
    close: () =>
      new Promise((resolve) => {
        clearInterval(pace);
        stopTraffic();
        stopPolicyController();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** JSON, which is YAML. The JavaScript client speaks plain HTTP only where it is told not to verify TLS. */
function kubeconfigFor(url: string): string {
  const name = 'simulated-mesh';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
