import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { KubernetesClusterSource } from '@mcp/cluster';
import { ClusterConnection, isRecord } from '@mcp/kubernetes';
import { observe, watchedKinds } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';
import { connectRedisLog } from '@mcp/redis';
import { Metrics } from '@mcp/runtime';
import type { ObservedObject } from '@mcp/sources';
import { Collector, CollectorModule } from '../../../apps/collector/src/index.js';
import { input } from '../../child.js';
import { follow, type FollowInput } from './followed.js';

/** What the collector imports, and the slim pods in a Map: the least that it could hold. */
const imported = [NestFactory, KubernetesClusterSource, connectRedisLog, Collector, CollectorModule, Metrics];
const { kubeconfigPath } = input() as FollowInput;
const connection = ClusterConnection.fromKubeconfig(kubeconfigPath);
const pod = watchedKinds({}).find(({ kind }) => kind === 'Pod')!;
const held = new Map<string, ObservedObject>();

await follow(
  async () => {
    let token: string | undefined;
    do {
      const query = { limit: 500, continue: token };
      const { body } = await connection.request('GET', '/api/v1/pods', { query });
      if (!isRecord(body) || !isRecord(body['metadata'])) throw new Error('not a list');
      for (const raw of body['items'] as readonly unknown[]) {
        const object = observe(pod, raw);
        held.set(formatResourceKey(object.key), object);
      }
      const { continue: next } = body['metadata'];
      token = typeof next === 'string' && next !== '' ? next : undefined;
    } while (token !== undefined);
  },
  () => held.size + 0 * imported.length,
);
