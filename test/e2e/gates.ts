import { ApiServerGate, RedisGate } from '@mcp/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealServers } from './real-mesh.js';
import type { Environment } from './three-apps.js';

/** What stands between the apps and their servers, and may hold what passes. */
export class Gates {
  private constructor(
    readonly redis: RedisGate,
    readonly cluster: ApiServerGate,
    /** For the apps that are to go through. */
    readonly environment: Environment,
  ) {}

  static async before({ redis, kube, folder }: RealServers): Promise<Gates> {
    const redisGate = await RedisGate.start(redis.port);
    const cluster = await ApiServerGate.start(kube);
    const kubeconfig = join(folder, 'gate.kubeconfig');
    await writeFile(kubeconfig, cluster.kubeconfig);
    return new Gates(redisGate, cluster, { MCP_REDIS_URL: redisGate.url, KUBECONFIG: kubeconfig });
  }

  async stop(): Promise<void> {
    await this.redis.stop();
    await this.cluster.stop();
  }
}
