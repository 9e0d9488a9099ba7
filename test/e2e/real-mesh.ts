import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ClusterConnection } from '@mcp/kubernetes';
import { installLinkerdCrds, type KubeApiServer, RedisServer, startKubeApiServer } from '@mcp/testing';
import { kubectlOn } from './kubectl.js';
import { linkerdDestination, namespace } from './shop.js';
import {
  type AppSettings,
  type Environment,
  prepareApps,
  type PreparedApps,
  ThreeApps,
} from './three-apps.js';

const token = 'a-token-of-alice-for-the-end-to-end-test';

export interface RealServers {
  readonly redis: RedisServer;
  readonly kube: KubeApiServer;
  /** For files that last as long as the servers. */
  readonly folder: string;
}

export interface RealMeshSettings {
  /** What all apps are told besides, once the servers are there. */
  readonly all?: (servers: RealServers) => Promise<Environment>;
  readonly collector?: AppSettings['collector'];
  /** With `MCP_AUTH`; absent: the API knows alice by a token file. */
  readonly api?: AppSettings['api'];
}

/** A real API server and a real Redis, the three apps on them as processes, and clients of the API for the caller alice. */
export class RealMesh extends ThreeApps {
  readonly kubectl: (...args: string[]) => Promise<string>;

  private constructor(
    prepared: PreparedApps,
    private readonly folder: string,
    readonly redis: RedisServer,
    readonly kube: KubeApiServer,
  ) {
    super(prepared);
    this.kubectl = kubectlOn(kube.kubeconfigPath);
    this.caller.set('authorization', `Bearer ${token}`);
  }

  /** The servers, with the kinds and the settings of Linkerd. The apps are yet to be started. */
  static async open({ all, collector, api }: RealMeshSettings = {}): Promise<RealMesh> {
    const folder = await mkdtemp(join(tmpdir(), 'e2e-'));
    const redis = await RedisServer.start({ settings: { appendfsync: 'always' } });
    const kube = await startKubeApiServer();
    await installLinkerdCrds(ClusterConnection.fromKubeconfig(kube.kubeconfigPath));
    await writeFile(join(folder, 'tokens'), `${token},alice\n`);
    const prepared = await prepareApps({
      all: {
        MCP_MESH: 'e2e',
        MCP_REDIS_URL: redis.url,
        MCP_CLUSTER_SOURCE: 'kubernetes',
        KUBECONFIG: kube.kubeconfigPath,
        ...(await all?.({ redis, kube, folder })),
      },
      collector,
      api: api ?? { MCP_AUTH: 'token-file', MCP_TOKEN_FILE: join(folder, 'tokens') },
    });
    const mesh = new RealMesh(prepared, folder, redis, kube);
    await mesh.create(namespace('linkerd'), namespace('linkerd-mcp'), linkerdDestination);
    return mesh;
  }

  async close(): Promise<void> {
    await this.closeApps();
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
