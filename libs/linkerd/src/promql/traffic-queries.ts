import type { TrafficPart } from '@mcp/sources';
import { connectionQueries } from './connections.js';
import { counterQueries } from './counters.js';
import { inboundQueries } from './inbound.js';
import { latencyQueries } from './latency.js';
import { displacedLabels, proxyQueries } from './proxies.js';
import { requestQueries } from './requests.js';
import { routeQueries } from './routes.js';

const onTraffic = [
  requestQueries,
  latencyQueries,
  connectionQueries,
  inboundQueries,
  counterQueries,
  routeQueries,
];

/** All that the proxies are asked, part by part. */
export const trafficQueries = {
  proxies: {
    ...proxyQueries,
    queries: [
      ...proxyQueries.queries,
      displacedLabels(onTraffic.flatMap(({ queries }) => queries.flatMap(({ reads }) => reads))),
    ],
  },
  requests: requestQueries,
  latency: latencyQueries,
  connections: connectionQueries,
  inbound: inboundQueries,
  counters: counterQueries,
  routes: routeQueries,
} as const satisfies Record<TrafficPart, unknown>;
