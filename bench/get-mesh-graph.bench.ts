import { connectRedisLog } from '@mcp/redis';
import { RedisServer } from '@mcp/testing';
import type { Benchmark, Row } from './benchmark.js';
import { Child } from './child.js';
import { percentilesOf } from './figures.js';
import { ToldMesh } from './mesh/told-mesh.js';
import { writeCallingLog } from './mesh/write-log.js';
import type { ApiReady } from './processes/api.js';
import type { BareReady } from './processes/bare-server.js';
import type { GraphQuestion, GraphTimes } from './processes/graph-client.js';
import { mebibytes, msPercentiles, number } from './words.js';

interface Size {
  readonly services: number;
  readonly times: number;
  readonly targetMs: number;
}

const sizes: readonly Size[] = [
  { services: 1_000, times: 300, targetMs: 50 },
  { services: 10_000, times: 100, targetMs: 400 },
];

export const getMeshGraph: Benchmark = {
  name: 'get-mesh-graph',
  title: 'GetMeshGraph',
  async run({ quick }) {
    const rows: Row[] = [];
    const notes: string[] = [];
    for (const size of quick ? [{ services: 100, times: 20, targetMs: 50 }] : sizes) {
      const { asked, note } = await measure(size);
      rows.push(...asked);
      notes.push(note);
    }
    return {
      rows,
      notes: [
        ...notes,
        'API, bare server and client are processes of their own; one question at a time, the two servers in turn. A time is that of a whole graph, all pages, decoded by the client.',
        'Baseline: a grpc-js server that answers with the same bytes from memory.',
      ],
    };
  },
};

async function measure({ services, times, targetMs }: Size): Promise<{ asked: Row[]; note: string }> {
  const server = await RedisServer.start({ settings: { appendfsync: 'everysec' } });
  const children: Child[] = [];
  const start = (module: string, input: unknown) => {
    const child = Child.start(module, input);
    children.push(child);
    return child;
  };
  try {
    const log = await connectRedisLog({ url: server.url, mesh: 'bench' });
    const edges = await writeCallingLog(log, new ToldMesh(services));
    await log.close();
    const { port: apiPort } = await start('api', { log: { redisUrl: server.url } }).next<ApiReady>();
    const { port: barePort, typed, jsonBytes } = await start('bare-server', { apiPort }).next<BareReady>();
    const client = start('graph-client', { apiPort, barePort });

    const ask = async (form: GraphQuestion['form']): Promise<Row> => {
      const { api, bare } = await client.ask<GraphTimes>({ form, times } satisfies GraphQuestion);
      const [ours, baseline] = [percentilesOf(api), percentilesOf(bare)];
      return {
        what: `${number(services)} services, ${form}`,
        ours: msPercentiles(ours),
        baseline: msPercentiles(baseline),
        ratio: `p50 ${(ours.p50 / baseline.p50).toFixed(2)}`,
        ...(form === 'typed' && { target: `p99 < ${targetMs} ms`, met: ours.p99 < targetMs }),
      };
    };
    const asked = [await ask('typed')];
    if (jsonBytes !== undefined) asked.push(await ask('json'));
    const json = jsonBytes === undefined ? 'JSON is refused as too large' : `JSON ${mebibytes(jsonBytes)}`;
    const note = `${number(services)} services, ${number(edges)} edges: ${number(typed.entities)} entities, typed ${mebibytes(typed.bytes)} in ${typed.pages} ${typed.pages === 1 ? 'page' : 'pages'}; ${json}. ${times} times each.`;
    return { asked, note };
  } finally {
    for (const child of children) await child.end();
    await server.stop();
  }
}
