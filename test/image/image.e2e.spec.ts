import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, RedisServer } from '@mcp/testing';
import { Container, nodeOfImage } from './container.js';
import { readDockerfile } from './dockerfile.js';
import { DockerfileReplay } from './replay.js';

let redis: RedisServer;
let replay: DockerfileReplay;
let node: string;
let mesh: Container;
let meshUrl: string;
const folder = mkdtempSync(join(tmpdir(), 'image-test-'));
const containers: Container[] = [];

async function containerOf(app: string, settings: Readonly<Record<string, string>>): Promise<Container> {
  const image = await replay.build(app);
  const volume = join(folder, `volume-of-${app}`);
  mkdirSync(volume);
  chmodSync(volume, 0o777);
  const container = new Container(image, node, volume, {
    MCP_HTTP_PORT: String(await freePort()),
    MCP_DATA_DIR: join(volume, 'data'),
    ...settings,
  });
  containers.push(container);
  return container;
}

beforeAll(async () => {
  chmodSync(folder, 0o755);
  node = nodeOfImage(readDockerfile()[0]!.base, join(folder, 'bin'));
  replay = new DockerfileReplay(node);
  redis = await RedisServer.start({ settings: { appendfsync: 'always' } });
  const port = String(await freePort());
  meshUrl = `http://127.0.0.1:${port}`;
  mesh = await containerOf('simulated-mesh', { MCP_SIMULATION_PORT: port });
  mesh.start();
  await mesh.healthy('node', '/app/health.js');
}, 240_000);

afterAll(async () => {
  for (const container of containers) container.kill();
  await redis.stop();
  replay.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('the image', () => {
  it.each(['collector', 'reconciler', 'mcp-api', 'all-in-one'])(
    'of %s is healthy on a read-only root, and ends in order when it is told to',
    async (app) => {
      const shared = { MCP_REDIS_URL: redis.url, MCP_SIMULATION_URL: meshUrl };
      const alone = { MCP_LOG_LEVEL: 'error' };
      const container = await containerOf(app, {
        ...(app === 'all-in-one' ? alone : shared),
        MCP_GRPC_PORT: String(await freePort()),
      });
      container.start();
      const report = await container.healthy('node', '/app/health.js');
      expect(JSON.parse(report)).toMatchObject({ ready: true });
      expect({ code: await container.stop(), output: container.output }).toEqual({
        code: 0,
        output: expect.not.stringContaining('not drained'),
      });
    },
    120_000,
  );

  it('of the simulated mesh ends in order too', async () => {
    expect(await mesh.stop()).toBe(0);
  });

  it('says that it is not healthy, and why', async () => {
    const { code, output } = await mesh.execute('node', '/app/health.js');
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('ECONNREFUSED') });
  });

  it('is written by nobody who runs it', async () => {
    const write = `require('node:fs').writeFileSync(process.cwd() + '/app/written', '')`;
    const { code, output } = await mesh.execute('node', '-e', write);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/EROFS|EACCES/) });
  });

  it('has the app that was asked for, what it runs with, and nothing to build or test it', async () => {
    const { root } = await replay.build('collector');
    expect(readdirSync(join(root, 'app')).sort()).toEqual([
      'dist',
      'health.js',
      'main.js',
      'node_modules',
      'package.json',
      'token-file.js',
    ]);
    expect(readdirSync(join(root, 'app', 'dist', 'apps'))).toEqual(['collector']);
    const has = (name: string): boolean => existsSync(join(root, 'app', 'node_modules', name));
    expect(['ioredis', 'undici'].map(has)).toEqual([true, true]);
    expect(['jest', 'typescript', 'eslint', '@swc/core'].map(has)).toEqual([false, false, false, false]);
    const left = readdirSync(join(root, 'app', 'dist'), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => /\.(spec|contract)\.|\/testing\//.test(name))).toEqual([]);
  });

  it('cannot be made of an app that is not there', async () => {
    await expect(replay.build('colector')).rejects.toThrow('there is no app colector');
  });
});
