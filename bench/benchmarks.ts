import { append } from './append.bench.js';
import type { Benchmark } from './benchmark.js';
import { changes } from './changes.bench.js';
import { getMeshGraph } from './get-mesh-graph.bench.js';
import { listAndWatch } from './list-and-watch.bench.js';
import { policy } from './policy.bench.js';
import { replay } from './replay.bench.js';
import { start } from './start.bench.js';
import { timeTravel } from './time-travel.bench.js';
import { trafficEdges } from './traffic-edges.bench.js';
import { trafficLog } from './traffic-log.bench.js';
import { trafficPoll } from './traffic-poll.bench.js';
import { trafficSeries } from './traffic-series.bench.js';
import { watch } from './watch.bench.js';
import { whatIf } from './what-if.bench.js';

/** In the order of the page. */
export const benchmarks: readonly Benchmark[] = [
  append,
  replay,
  start,
  timeTravel,
  listAndWatch,
  getMeshGraph,
  watch,
  policy,
  trafficSeries,
  trafficPoll,
  trafficLog,
  trafficEdges,
  whatIf,
  changes,
];
