import { monitorEventLoopDelay } from 'node:perf_hooks';
import { PagedTrafficSeries, type PagesOfOneTime, type SeriesResolution } from '@mcp/event-log';
import type { Benchmark, Row } from './benchmark.js';
import { interleaved, pairedRatio, spreadOf, timed } from './figures.js';
import { bytesOf, PagesInMemory } from './traffic-series/pages-in-memory.js';
import { SampledEdges } from './traffic-series/sampled-edges.js';
import { embeddedStore, redisStore, type SeriesStore } from './traffic-series/stores.js';
import { ms, number, ratio } from './words.js';

const begin = Date.UTC(2026, 0, 1);
const [pollMs, minuteMs, hourMs] = [15_000, 60_000, 3_600_000];
/** How many of them an edge has when all that is kept is full. */
const kept = { poll: 240, minute: 1440, hour: 720 } as const;

interface Size {
  readonly count: number;
  readonly rounds: number;
  /** An hour is sixty minutes of all edges, to be inflated and put together: that takes as long as the edges are many. */
  readonly hours: number;
}

const quickSize: Size = { count: 1_000, rounds: 2, hours: 1 };
const fullSizes: readonly Size[] = [
  { count: 10_000, rounds: 5, hours: 2 },
  { count: 50_000, rounds: 2, hours: 0 },
];

export const trafficSeries: Benchmark = {
  name: 'traffic-series',
  title: 'Samples of traffic',
  async run({ quick }) {
    const rows: Row[] = [];
    for (const size of quick ? [quickSize] : fullSizes) {
      const { count, rounds } = size;
      const edges = new SampledEdges(count);
      const pages = await pagesOf(edges);
      rows.push(...sizes(edges, pages), ...(await rollingUp(edges, pages, size)));
      for (const open of [redisStore, embeddedStore]) {
        const store = await open();
        try {
          rows.push(await appending(store, edges, rounds));
          rows.push(await stored(store, count));
          rows.push(await reading(store, edges, pages, 'poll', pollMs, rounds));
          rows.push(await reading(store, edges, pages, 'hour', hourMs, rounds));
        } finally {
          await store.close();
        }
      }
    }
    return {
      rows,
      notes: [
        'Polls of every edge, one edge in five TCP, with numbers that have nothing in common from poll to poll; latencies in every fourth.',
        'Bytes: of the deflated pages. Baseline: the same points as JSON.',
        'Append and read: baseline is the same deflated pages, put and got by the bare client of the store (one pipeline of XADDs by ioredis, one transaction of puts by lmdb; one XRANGE, one range).',
        'Rolling up: on pages in memory, nothing of a store in it.',
        quick
          ? '2 rounds; an hour once.'
          : '10,000 edges: 5 rounds, an hour twice. 50,000 edges: 2 rounds, and no hour.',
      ],
    };
  },
};

/** A minute of polls and what becomes of it, and an hour of sixty such minutes. */
async function pagesOf(edges: SampledEdges): Promise<Readonly<Record<SeriesResolution, PagesOfOneTime[]>>> {
  const memory = new PagesInMemory();
  const series = new PagedTrafficSeries(memory);
  for (let poll = 0; poll < 5; poll += 1)
    await series.append(edges.poll(begin + poll * pollMs, poll % 4 === 0));
  const [minute] = memory.puts.minute;
  if (minute === undefined) throw new Error('no minute was rolled up');
  for (let index = 1; index < 60; index += 1)
    memory.puts.minute.push({ ...minute, at: begin + index * minuteMs });
  await series.append(edges.poll(begin + hourMs, true));
  return memory.puts;
}

function sizes(edges: SampledEdges, pages: Readonly<Record<SeriesResolution, PagesOfOneTime[]>>): Row[] {
  const count = edges.keys.length;
  const json = Buffer.byteLength(JSON.stringify([...edges.poll(begin, true).edges]));
  const row = (resolution: SeriesResolution, taken: readonly PagesOfOneTime[]) => {
    const bytes = taken.reduce((sum, each) => sum + bytesOf(each), 0) / taken.length / count;
    return {
      what: `${number(count)} edges: bytes of an edge in one ${resolution}; in all that is kept`,
      ours: `${number(bytes)}; ${number((bytes * kept[resolution]) / 1024)} KiB`,
      baseline: `${number(json / count)}; ${number(((json / count) * kept[resolution]) / 1024)} KiB`,
    };
  };
  return [
    row('poll', pages.poll.slice(0, 4)),
    row('minute', pages.minute.slice(0, 1)),
    row('hour', pages.hour.slice(0, 1)),
  ];
}

async function rollingUp(
  edges: SampledEdges,
  pages: Readonly<Record<SeriesResolution, PagesOfOneTime[]>>,
  { rounds, hours }: Size,
): Promise<Row[]> {
  const blocks: number[] = [];
  const appendAfter = async (
    polls: readonly PagesOfOneTime[],
    minutes: readonly PagesOfOneTime[],
    at: number,
  ) => {
    const memory = new PagesInMemory();
    memory.puts.poll.push(...polls);
    memory.puts.minute.push(...minutes);
    const poll = edges.poll(at, true);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const tookMs = await timed(() => new PagedTrafficSeries(memory).append(poll));
    delay.disable();
    blocks.push(delay.max / 1e6);
    return tookMs;
  };
  const minute = pages.poll.slice(0, 4);
  const measured = await interleaved(rounds, {
    plain: () => appendAfter(minute.slice(0, 1), [], begin + pollMs),
    minute: () => appendAfter(minute, [], begin + minuteMs),
  });
  const lastMinute = minute.map((put) => ({ ...put, at: put.at + hourMs - minuteMs }));
  const ofHours: number[] = [];
  while (ofHours.length < hours) ofHours.push(await appendAfter(lastMinute, pages.minute, begin + hourMs));
  const what = `${number(edges.keys.length)} edges`;
  const baseline = ms(spreadOf(measured.plain));
  return [
    {
      what: `${what}: append that ends a minute; baseline: one that does not`,
      ours: ms(spreadOf(measured.minute)),
      baseline,
    },
    ...(hours === 0
      ? []
      : [
          {
            what: `${what}: append that ends an hour; baseline: one that does not`,
            ours: ms(spreadOf(ofHours)),
            baseline,
          },
        ]),
    { what: `${what}: longest block of the event loop meanwhile`, ours: ms(spreadOf(blocks)), baseline: '' },
  ];
}

async function appending(store: SeriesStore, edges: SampledEdges, rounds: number): Promise<Row> {
  const bare = new PagesInMemory();
  await new PagedTrafficSeries(bare).append(edges.poll(begin, true));
  const [same] = bare.puts.poll;
  if (same === undefined) throw new Error('nothing was put');
  // within one minute: what ends one is measured apart
  let at = begin;
  const measured = await interleaved(rounds, {
    ours: () => {
      const poll = edges.poll((at += 1), true);
      return timed(() => store.series.append(poll));
    },
    baseline: () => timed(() => store.putBare('beside', { ...same, at: (at += 1) })),
  });
  return rowOf(`${store.place}, ${number(edges.keys.length)} edges: append of a poll`, measured);
}

async function stored({ place, series }: SeriesStore, count: number): Promise<Row> {
  const { points, bytes } = await series.size();
  const ours = `${number(bytes / points)} bytes`;
  return {
    what: `${place}, ${number(count)} edges: an edge in a poll with latencies, as stored`,
    ours,
    baseline: '',
  };
}

/** Of one edge; only its shard is filled. */
async function reading(
  store: SeriesStore,
  edges: SampledEdges,
  pages: Readonly<Record<SeriesResolution, PagesOfOneTime[]>>,
  resolution: 'poll' | 'hour',
  everyMs: number,
  rounds: number,
): Promise<Row> {
  const [edge] = edges.keys;
  const one = pages[resolution][0];
  const shard = edge === undefined ? undefined : shardWith(await shardsOf(edge));
  const page = shard === undefined ? undefined : one?.pages.get(shard);
  if (edge === undefined || shard === undefined || page === undefined)
    throw new Error('there is no such edge');
  const from = begin + 24 * hourMs;
  const to = from + kept[resolution] * everyMs;
  for (let at = from; at < to; at += everyMs)
    await store.putBare(resolution, { at, header: '', points: 1, pages: new Map([[shard, page]]) });
  const measured = await interleaved(rounds, {
    ours: () =>
      timed(async () => {
        const { points } = await store.series.read({ edges: [edge], from, to, resolution });
        if (points.get(edge)?.length !== kept[resolution]) throw new Error('points are missing');
      }),
    baseline: () => timed(() => store.readBare(resolution, shard, from, to)),
  });
  const span = resolution === 'poll' ? 'an hour of polls' : '30 days of hours';
  return rowOf(`${store.place}, ${number(edges.keys.length)} edges: read of one edge, ${span}`, measured);
}

/** The pages that one edge alone makes. */
async function shardsOf(edge: string): Promise<PagesOfOneTime['pages'] | undefined> {
  const memory = new PagesInMemory();
  await new PagedTrafficSeries(memory).append({
    ...{ at: begin, windowMs: 0, proxiesSeen: 0, meshedPods: 0 },
    edges: new Map([[edge, {}]]),
  });
  return memory.puts.poll[0]?.pages;
}

function shardWith(pages: PagesOfOneTime['pages'] | undefined): number | undefined {
  return pages?.keys().next().value;
}

function rowOf(what: string, { ours, baseline }: Record<'ours' | 'baseline', number[]>): Row {
  return {
    what,
    ours: ms(spreadOf(ours)),
    baseline: ms(spreadOf(baseline)),
    ratio: ratio(pairedRatio(ours, baseline)),
  };
}
