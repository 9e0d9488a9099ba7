import type { Benchmark, Row } from './benchmark.js';
import { interleaved, pairedRatio, spreadOf } from './figures.js';
import { CallingMesh } from './traffic-edges/calling-mesh.js';
import { cpuMs, WatchedPolls, type PollCost } from './traffic-edges/watched-polls.js';
import { mebibytes, ms, number, ratio } from './words.js';

const targetMs = 1_000;

export const trafficEdges: Benchmark = {
  name: 'traffic-edges',
  title: 'Edges of traffic, poll by poll',
  async run({ quick }) {
    const mesh = new CallingMesh(quick ? 1_000 : 50_000);
    const rounds = quick ? 2 : 3;
    return {
      rows: [...(await polls(mesh, false, rounds)), ...(await polls(mesh, true, 2))],
      notes: [
        'Deployments of one pod each, which call ten others: of each call two rows of responses and one of connections from the client, and two rows of responses from the server. With details: four more rows from the client, and one from the server.',
        'A poll: from the bytes of the answers, as they come from the network, to rows, edges, facts and samples; every edge is in the log, and every row has the labels that it had in the poll before, as in a mesh in which no pod comes or goes; a row that is new costs as in the first poll. Latencies are not asked for.',
        'Milliseconds are of the processor, those of the collector of garbage included; the longest block is of the clock. Baseline: the same answers parsed in one piece each, and a Map of their rows.',
        'What bounds it: known rows cost to compare their bytes and to read a number. The rest is objects, one for each edge, row and way of travel, which each poll makes anew, and the collector of garbage.',
        `${rounds} rounds; 2 with details.`,
      ],
    };
  },
};

async function polls(mesh: CallingMesh, details: boolean, rounds: number): Promise<Row[]> {
  const answers = mesh.answers(details);
  const watched = new WatchedPolls(mesh, answers);
  const before = arrayBytes();
  // all edges are in the log from the second poll on
  for (let poll = 0; poll < 2; poll += 1) await watched.poll();
  const kept = arrayBytes() - before;
  const measured = await interleaved(rounds, {
    ours: () => processorMsOf(() => watched.poll()),
    baseline: () => processorMsOf(() => plainRows(answers)),
  });
  // the rounds, without the polls before them
  const parts = watched.parts.slice(-rounds);
  const what = `${number(mesh.edges)} edges${details ? ', with details' : ''}`;
  const ours = spreadOf(measured.ours);
  const part = (named: string, of: keyof PollCost): Row => ({
    what: `${what}: ${named}`,
    ours: ms(spreadOf(parts.map((each) => each[of]))),
    baseline: '',
  });
  return [
    {
      what: `${what}: a poll`,
      ours: ms(ours),
      baseline: ms(spreadOf(measured.baseline)),
      ratio: ratio(pairedRatio(measured.ours, measured.baseline)),
      ...(!details && { target: `< ${number(targetMs)} ms`, met: ours.median < targetMs }),
    },
    part('of it, rows of the answers', 'reading'),
    part('of it, edges of the rows', 'edges'),
    part('of it, facts and samples', 'facts'),
    part('longest block of the event loop', 'blocked'),
    {
      what: `${what}: the first poll, which knows no row`,
      ours: ms(spreadOf([watched.parts[0]!].map(({ reading, edges, facts }) => reading + edges + facts))),
      baseline: '',
    },
    { what: `${what}: bytes of answers kept for the next poll`, ours: mebibytes(kept), baseline: '' },
  ];
}

/** Outside the heap, of what is still in use. */
function arrayBytes(): number {
  // the second ends what the first began
  for (let round = 0; round < 2; round += 1) globalThis.gc?.();
  return process.memoryUsage().arrayBuffers;
}

/** What anyone would do who has no bounds to keep. */
function plainRows(answers: ReadonlyMap<string, Buffer>): Promise<void> {
  const rows = new Map<string, number>();
  let read = 0;
  for (const [query, bytes] of answers) {
    const { data } = JSON.parse(bytes.toString('utf8')) as PlainAnswer;
    for (const { metric, value } of data.result)
      rows.set(`${query} ${Object.values(metric).join(' ')}`, Number(value[1]));
    read += data.result.length;
  }
  if (rows.size !== read) throw new Error('rows are the same');
  return Promise.resolve();
}

interface PlainAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value: readonly [number, string];
    }[];
  };
}

/** As `processorMs`, of what takes its turns. */
async function processorMsOf(work: () => Promise<void>): Promise<number> {
  const begun = cpuMs();
  await work();
  return cpuMs() - begun;
}
