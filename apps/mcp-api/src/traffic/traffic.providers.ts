import type { Provider } from '@nestjs/common';
import type { MeshGraph } from '@mcp/graph';
import type { Projection } from '@mcp/projections';
import type { Refusals } from '@mcp/traffic';
import { CollectorWatch } from '../collector-watch.js';
import { GraphFeed } from '../graph/graph-feed.js';
import { PastGraphs } from '../graph/past-graphs.js';
import { CallGraphs } from './call-graphs.js';
import { Denials } from './denials.js';
import { EdgeSeriesAnswers } from './edge-series.js';
import type { NewestPoll } from './newest-poll.js';
import { RateFeed } from './rate-feed.js';
import type { Samples } from './samples.js';
import { ToldDenials } from './told-denials.js';
import { TrafficGraphs } from './traffic-graph.js';

export interface TrafficParts {
  readonly series: Samples;
  readonly newest: NewestPoll;
  /** What the projections are provided as. */
  readonly graph: symbol;
  readonly refusals: symbol;
}

/** What answers about traffic. */
export function trafficProviders({ series, newest, graph, refusals }: TrafficParts): Provider[] {
  return [
    {
      provide: RateFeed,
      inject: [GraphFeed],
      useFactory: (feed: GraphFeed) => new RateFeed(newest, feed),
    },
    {
      provide: TrafficGraphs,
      inject: [graph, PastGraphs, CollectorWatch],
      useFactory: (following: Projection<MeshGraph>, pasts: PastGraphs, collector: CollectorWatch) =>
        new TrafficGraphs(following, pasts, newest, collector),
    },
    {
      provide: ToldDenials,
      useFactory: () => new ToldDenials(),
    },
    {
      provide: CallGraphs,
      inject: [TrafficGraphs, refusals, ToldDenials],
      useFactory: (graphs: TrafficGraphs, refused: Projection<Refusals>, told: ToldDenials) =>
        new CallGraphs(graphs, newest, refused, told),
    },
    {
      provide: EdgeSeriesAnswers,
      inject: [TrafficGraphs],
      useFactory: (graphs: TrafficGraphs) => new EdgeSeriesAnswers(graphs, series, newest),
    },
    {
      provide: Denials,
      inject: [refusals, TrafficGraphs, ToldDenials],
      useFactory: (following: Projection<Refusals>, graphs: TrafficGraphs, told: ToldDenials) =>
        new Denials(following, graphs, told),
    },
  ];
}
