import { credentials, Metadata } from '@grpc/grpc-js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  type Change,
  ChangesClient,
  MeshContextClient,
  type Phase,
  PolicyAnswersClient,
  TrafficClient,
} from '@mcp/contracts';
import { ClusterConnection } from '@mcp/kubernetes';
import {
  freePort,
  installLinkerdCrds,
  type KubeApiServer,
  RedisServer,
  startKubeApiServer,
} from '@mcp/testing';
import { answerOf } from './answer-of.js';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';
import { kubectlOn } from './kubectl.js';
import { linkerdDestination, namespace } from './shop.js';

export type AppName = 'collector' | 'reconciler' | 'mcp-api';

const token = 'a-token-of-alice-for-the-end-to-end-test';

/** A real API server and a real Redis, the three apps on them as processes, and clients of the API for the caller alice. */
export class RealMesh {
  readonly kubectl: (...args: string[]) => Promise<string>;
  readonly caller = new Metadata();
  readonly graphs: MeshContextClient;
  readonly changes: ChangesClient;
  readonly policies: PolicyAnswersClient;
  readonly traffic: TrafficClient;

  private constructor(
    private readonly folder: string,
    readonly redis: RedisServer,
    readonly kube: KubeApiServer,
    readonly apps: Readonly<Record<AppName, AppProcess>>,
    private readonly address: string,
  ) {
    this.kubectl = kubectlOn(kube.kubeconfigPath);
    this.caller.set('authorization', `Bearer ${token}`);
    // a crash of the server must not make a client wait longer than the test does
    const options = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 500 };
    this.graphs = new MeshContextClient(address, credentials.createInsecure(), options);
    this.changes = new ChangesClient(address, credentials.createInsecure(), options);
    this.policies = new PolicyAnswersClient(address, credentials.createInsecure(), options);
    this.traffic = new TrafficClient(address, credentials.createInsecure(), options);
  }

  /** The servers, with the kinds and the settings of Linkerd. The apps are yet to be started; the collector has these settings besides. */
  static async open(ofCollector: Readonly<Record<string, string>> = {}): Promise<RealMesh> {
    const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
    const redis = await RedisServer.start({ settings: { appendfsync: 'always' } });
    const kube = await startKubeApiServer();
    await installLinkerdCrds(ClusterConnection.fromKubeconfig(kube.kubeconfigPath));
    await writeFile(join(folder, 'tokens'), `${token},alice\n`);
    const environment = async (): Promise<Record<string, string>> => ({
      MCP_MESH: 'e2e',
      MCP_REDIS_URL: redis.url,
      MCP_CLUSTER_SOURCE: 'kubernetes',
      KUBECONFIG: kube.kubeconfigPath,
      MCP_HTTP_PORT: String(await freePort()),
    });
    const grpcPort = await freePort();
    const apps = {
      collector: new AppProcess('collector', { ...(await environment()), ...ofCollector }),
      reconciler: new AppProcess('reconciler', await environment()),
      'mcp-api': new AppProcess('mcp-api', {
        ...(await environment()),
        MCP_GRPC_PORT: String(grpcPort),
        MCP_AUTH: 'token-file',
        MCP_TOKEN_FILE: join(folder, 'tokens'),
      }),
    };
    const mesh = new RealMesh(folder, redis, kube, apps, `127.0.0.1:${grpcPort}`);
    await mesh.create(namespace('linkerd'), namespace('linkerd-mcp'), linkerdDestination);
    return mesh;
  }

  async startApps(): Promise<void> {
    await Promise.all(Object.values(this.apps).map((app) => app.start()));
  }

  async close(): Promise<void> {
    for (const client of [this.graphs, this.changes, this.policies, this.traffic]) client.close();
    await Promise.all(Object.values(this.apps).map((app) => app.crash()));
    await this.kube.stop();
    await this.redis.stop();
    await rm(this.folder, { recursive: true });
  }

  async create(...objects: object[]): Promise<void> {
    await this.kubectl('create', '-f', await this.#listOf(objects));
  }

  /** What the objects have as their status, which nobody else writes here. */
  async writeStatus(...objects: object[]): Promise<void> {
    await this.kubectl('replace', '--subresource=status', '-f', await this.#listOf(objects));
  }

  async #listOf(items: object[]): Promise<string> {
    const file = join(this.folder, 'objects.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    return file;
  }

  /** The deadline of a call that is made now. */
  soon(): { deadline: number } {
    return { deadline: Date.now() + 10_000 };
  }

  apply(request: Partial<ApplyAuthorizationPolicyRequest>): Promise<ApplyAuthorizationPolicyResponse> {
    const whole: ApplyAuthorizationPolicyRequest = {
      namespace: 'shop',
      name: '',
      jsonSpec: '',
      spec: undefined,
      expectedRevision: undefined,
      idempotencyKey: '',
      dryRun: false,
      reason: 'the end-to-end test',
      ...request,
    };
    return answerOf((done) => this.graphs.applyAuthorizationPolicy(whole, this.caller, this.soon(), done));
  }

  async change(changeId: string): Promise<Change | undefined> {
    const { change } = await answerOf<{ change: Change | undefined }>((done) =>
      this.changes.getChange({ changeId, atLeast: '' }, this.caller, this.soon(), done),
    );
    return change;
  }

  reaches(changeId: string, phase: Phase): Promise<Change | undefined> {
    return eventually(
      () => this.change(changeId),
      (found) => found?.phase === phase,
    );
  }

  /** Starts a client in another language, `test/e2e/<program>`, which has the proto files alone. */
  python(program: string, ...args: string[]): PythonClient {
    const python = process.env['TEST_PYTHON'] ?? '/usr/bin/python3';
    const child = spawn(python, [`test/e2e/${program}`, 'proto', this.address, token, ...args]);
    const client = { lines: [] as string[], errors: '', ended: once(child, 'close') };
    child.stderr.on('data', (chunk: Buffer) => (client.errors += chunk.toString()));
    createInterface(child.stdout).on('line', (line) => client.lines.push(line));
    return client;
  }
}

export interface PythonClient {
  /** What it printed. */
  readonly lines: readonly string[];
  readonly errors: string;
  readonly ended: Promise<unknown>;
}
