import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { KubernetesClusterSource } from '@mcp/cluster';
import { ClusterConnection } from '@mcp/kubernetes';
import { connectRedisLog, RedisRequestBoard } from '@mcp/redis';
import { Health, Metrics, silentLogger, SoleLeader } from '@mcp/runtime';
import { Collector, CollectorModule } from '../../../apps/collector/src/index.js';
import { input } from '../../child.js';
import { follow, type FollowInput } from './followed.js';

/** The whole collector on a Redis log, until all that there is has been recorded. */
const { kubeconfigPath, pods, redisUrl } = input() as FollowInput;
const connection = ClusterConnection.fromKubeconfig(kubeconfigPath);
const mesh = `collector-${process.pid}`;
const log = await connectRedisLog({ url: redisUrl, mesh });
const app = await NestFactory.createApplicationContext(
  CollectorModule.create({
    log,
    board: new RedisRequestBoard({ url: redisUrl, mesh }),
    source: new KubernetesClusterSource({ connection, scope: 'all', controlPlane: {} }),
    leadership: new SoleLeader('bench'),
    logger: silentLogger,
    health: new Health(),
    metrics: new Metrics({ ofProcess: true }),
    traffic: { absent: 'no part of this benchmark' },
    kept: { keepEvents: 1_000_000, keepMiB: 1024, keepDays: 30 },
  }),
  { logger: false },
);
let recorded = 0;

await follow(
  async () => {
    void app.get(Collector).run(new AbortController().signal);
    while ((recorded = (await log.head()).sequence) < pods) await sleep(20);
  },
  () => recorded,
);
