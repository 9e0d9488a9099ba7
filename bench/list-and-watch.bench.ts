import { ClusterConnection } from '@mcp/kubernetes';
import { RedisServer, startKubeApiServer } from '@mcp/testing';
import type { Benchmark, Row } from './benchmark.js';
import { Child } from './child.js';
import { pairedRatio, percentilesOf, spreadOf, type Spread } from './figures.js';
import { podObject } from './mesh/kubernetes-objects.js';
import type { Followed } from './processes/follow/followed.js';
import { bytesSpread, ms, number, ratio } from './words.js';

const variants = ['reflector', 'informer', 'collector', 'slim-map'] as const;
type Variant = (typeof variants)[number];
const namespaces = 20;
const writers = 32;
const mebibyte = 1024 ** 2;

export const listAndWatch: Benchmark = {
  name: 'list-and-watch',
  title: 'List and watch of pods',
  async run({ quick }) {
    const pods = quick ? 500 : 10_000;
    const rounds = quick ? 1 : 5;
    const apiServer = await startKubeApiServer();
    const redis = await RedisServer.start();
    try {
      const connection = ClusterConnection.fromKubeconfig(apiServer.kubeconfigPath);
      const bytes = percentilesOf(await fill(connection, pods));
      const followed: Record<Variant, Followed[]> = {
        reflector: [],
        informer: [],
        collector: [],
        'slim-map': [],
      };
      const input = { kubeconfigPath: apiServer.kubeconfigPath, redisUrl: redis.url, pods };
      for (let round = 0; round <= rounds; round += 1) {
        for (let turn = 0; turn < variants.length; turn += 1) {
          const variant = variants[(round + turn) % variants.length]!;
          const child = Child.start(`follow/${variant}`, input);
          const result = await child.next<Followed>();
          await child.end();
          if (result.objects < pods) throw new Error(`${variant} has ${result.objects} of ${pods} pods`);
          // the first round warms up the caches of the API server
          if (round > 0) followed[variant].push(result);
        }
      }
      return {
        rows: rowsOf(followed, pods),
        notes: [
          `A real kube-apiserver with ${number(pods)} pods, p50 ${number(bytes.p50)}, most ${number(bytes.max)} bytes of JSON each. Each variant in a process of its own.`,
          "Baseline of the reflector: client-node's own informer, which lists without pages and keeps whole objects. Synced: the reflector is live (listed, and the watch is open); the informer has told the last pod of its list, before it watches.",
          'Baseline of the collector: a process with the same imports that puts the slim pods in a Map, listed in the same pages. The collector is done when all pods are in the log, on Redis.',
          `Memory after a garbage collection has everything still held. ${rounds} rounds.`,
        ],
      };
    } finally {
      await apiServer.stop();
      await redis.stop();
    }
  },
};

function rowsOf(followed: Record<Variant, readonly Followed[]>, pods: number): Row[] {
  const compared = (
    what: string,
    [ours, baseline]: readonly [Variant, Variant],
    pick: (followed: Followed) => number,
    words: (spread: Spread) => string,
  ) => {
    const [left, right] = [followed[ours].map(pick), followed[baseline].map(pick)];
    const paired = pairedRatio(left, right);
    const row = { what, ours: words(spreadOf(left)), baseline: words(spreadOf(right)), ratio: ratio(paired) };
    return { row, median: spreadOf(left).median, ratio: paired.median };
  };
  const pair = ['reflector', 'informer'] as const;
  const collector = ['collector', 'slim-map'] as const;
  const held = compared('collector: memory held', collector, ({ rssBytes }) => rssBytes, bytesSpread);
  const peak = compared('collector: peak memory', collector, ({ peakRssBytes }) => peakRssBytes, bytesSpread);
  return [
    compared(`reflector: ${number(pods)} pods, time to synced`, pair, ({ syncedMs }) => syncedMs, ms).row,
    compared('reflector: longest block of the event loop', pair, (one) => one.longestBlockMs, ms).row,
    compared('reflector: peak memory', pair, ({ peakRssBytes }) => peakRssBytes, bytesSpread).row,
    compared('reflector: memory held', pair, ({ rssBytes }) => rssBytes, bytesSpread).row,
    compared('collector: time until all is recorded', collector, ({ syncedMs }) => syncedMs, ms).row,
    compared('collector: longest block of the event loop', collector, (one) => one.longestBlockMs, ms).row,
    { ...peak.row, target: '< 512 MiB', met: peak.median < 512 * mebibyte },
    { ...held.row, target: '≤ 1.5 × the Map', met: held.ratio <= 1.5 },
  ];
}

/** Answers with the sizes of the pods as the server stores them. */
async function fill(connection: ClusterConnection, pods: number): Promise<readonly number[]> {
  const create = (path: string, body: unknown) => connection.request('POST', path, { body });
  for (let index = 0; index < namespaces; index += 1) {
    await create('/api/v1/namespaces', { metadata: { name: `team-${index}` } });
  }
  const sizes: number[] = [];
  let next = 0;
  const writer = async () => {
    for (let index = next++; index < pods; index = next++) {
      const workload = `orders-${Math.floor(index / (3 * namespaces))}`;
      const namespace = `team-${index % namespaces}`;
      const pod = podObject(
        { namespace, name: `${workload}-7d9f8c5b6-${index}`, uid: '', resourceVersion: '' },
        {
          workload,
          templateHash: '7d9f8c5b6',
          replicaSetUid: `uid-of-${workload}`,
          node: `node-${index % 100}`,
          ready: true,
        },
      );
      const { name, labels, annotations, ownerReferences } = pod['metadata'] as Readonly<
        Record<string, unknown>
      >;
      const { body } = await create(`/api/v1/namespaces/${namespace}/pods`, {
        ...pod,
        metadata: { name, namespace, labels, annotations, ownerReferences },
      });
      sizes.push(Buffer.byteLength(JSON.stringify(body)));
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return sizes;
}
