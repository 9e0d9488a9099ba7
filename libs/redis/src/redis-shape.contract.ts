import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisCluster, RedisServer, SelfSignedCertificate, SentinelTrio } from '@mcp/testing';
import { Cluster, Redis } from 'ioredis';
import type { RedisPlace } from './index.js';

/** Real servers in one of the shapes that a log may be on. */
export interface RedisShape {
  readonly place: RedisPlace;
  /** Past the adapter, to do damage with. */
  readonly raw: Redis | Cluster;
  stop(): Promise<void>;
}

/** What every contract of Redis runs on. */
export const redisShapes: Readonly<Record<string, () => Promise<RedisShape>>> = {
  Redis: async () => {
    const server = await RedisServer.start();
    const raw = new Redis(server.url);
    return {
      place: { url: server.url },
      raw,
      stop: async () => {
        raw.disconnect();
        await server.stop();
      },
    };
  },
  'Redis with TLS and a user': async () => {
    const certificate = await SelfSignedCertificate.make();
    const server = await RedisServer.start({ tls: certificate });
    const dir = mkdtempSync(join(tmpdir(), 'mcp-password-'));
    const passwordFile = join(dir, 'password');
    writeFileSync(passwordFile, 'hunter2\n');
    await server.command('ACL SETUSER mcp on >hunter2 ~{mcp:* +@all -@dangerous +info +config|get');
    const raw = new Redis(server.url);
    const tls = {
      caFile: certificate.certificatePath,
      certificateFile: certificate.certificatePath,
      keyFile: certificate.keyPath,
    };
    return {
      place: { url: `rediss://127.0.0.1:${server.tlsPort}`, access: { user: 'mcp', passwordFile, tls } },
      raw,
      stop: async () => {
        raw.disconnect();
        await server.stop();
        certificate.remove();
        rmSync(dir, { recursive: true });
      },
    };
  },
  'Redis behind sentinels': async () => {
    const trio = await SentinelTrio.start({ replicas: 1 });
    const raw = new Redis(trio.servers[0]!.url);
    return {
      place: { sentinels: trio.addresses, master: trio.master },
      raw,
      stop: async () => {
        raw.disconnect();
        await trio.stop();
      },
    };
  },
  'a Redis Cluster': async () => {
    const cluster = await RedisCluster.start();
    const raw = new Cluster([...cluster.addresses]);
    return {
      place: { clusterNodes: cluster.addresses.slice(0, 1) },
      raw,
      stop: async () => {
        raw.disconnect();
        await cluster.stop();
      },
    };
  },
};
