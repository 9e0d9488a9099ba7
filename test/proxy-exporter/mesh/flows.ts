import { slower, usual } from '../page/latency.js';
import type { Connections, Dialled, Endpoint, Flow, Outcome, Requests, Served } from './flow.js';
import * as pods from './pods.js';
import * as policies from './policies.js';
import * as services from './services.js';

const from = (pod: pods.SyntheticPod): Flow['client'] => ({ kind: 'pod', pod });

function through(service: Dialled['service'], port: number): Endpoint {
  const dialled = { service, port };
  if (service.mirrorOf !== undefined)
    return { kind: 'mirrored', service: dialled, ...service.mirrorOf.gateway };
  const { pod } = service;
  const targetPort = service.ports.find((ports) => ports.port === port)?.targetPort;
  if (pod === undefined || targetPort === undefined) throw new Error(`${service.name} has no port ${port}`);
  return { kind: 'pod', pod, port: targetPort, service: dialled };
}

const at = (pod: pods.SyntheticPod, port: number): Endpoint => ({ kind: 'pod', pod, port });

const http = (...outcomes: readonly Outcome[]): Requests => ({ protocol: 'http', outcomes, latency: usual });
const grpc = (latency = usual, ...outcomes: readonly Outcome[]): Requests => ({
  protocol: 'grpc',
  outcomes,
  latency,
});
const ok = (perSecond: number): Outcome => ({ perSecond, status: 200 });
const grpcCode = (code: number, perSecond: number): Outcome => ({ perSecond, status: 200, grpc: code });

/** One connection that is renewed every 100 s. */
const kept: Connections = { held: 1, perSecond: 0.01, writtenPerSecond: 0, readPerSecond: 0 };
const eachCall = (perSecond: number): Connections => ({ ...kept, held: 0, perSecond });

interface FlowParts {
  readonly served?: Served;
  readonly requests?: Requests;
  readonly connections?: Connections;
}

const flow = (
  name: string,
  client: Flow['client'],
  endpoint: Endpoint,
  { connections = kept, ...rest }: FlowParts,
): Flow => ({ name, client, endpoint, connections, ...rest });

const kubelet: Flow['client'] = { kind: 'kubelet' };

/** Of every proxy: its probes, and, but for its own, the metrics that prometheus reads. */
const adminFlows = pods.meshedPods.flatMap((pod) => [
  flow(`kubelet>${pod.name}:4191`, kubelet, at(pod, 4191), {
    served: policies.adminProbed,
    requests: http(ok(0.2)),
    connections: eachCall(0.2),
  }),
  ...(pod === pods.prometheus
    ? []
    : [
        flow(`prometheus>${pod.name}:4191`, from(pods.prometheus), at(pod, 4191), {
          served: policies.admin,
          requests: http(ok(0.1)),
        }),
      ]),
]);

/** All that happens in the mesh. */
export const flows: readonly Flow[] = [
  ...pods.voteBots.map((bot) =>
    flow(`${bot.name}>web`, from(bot), through(services.webService, 80), {
      served: policies.unauthenticated,
      requests: http(ok(0.9), { perSecond: 0.1, status: 500 }),
    }),
  ),
  flow('web>voting', from(pods.web), through(services.votingService, 8080), {
    served: policies.votingFromWeb,
    requests: grpc(slower(usual, 4), grpcCode(0, 0.8), grpcCode(2, 0.2)),
  }),
  flow('web>emoji', from(pods.web), through(services.emojiService, 8080), {
    served: policies.emojiFromWeb,
    requests: grpc(usual, grpcCode(0, 2)),
  }),
  flow('legacy-client>web', from(pods.unmeshedClient), through(services.webService, 80), {
    served: policies.unauthenticated,
    requests: http(ok(0.5)),
  }),
  flow('kubelet>web', kubelet, at(pods.web, 8080), {
    served: policies.probed,
    requests: http(ok(0.1)),
    connections: eachCall(0.1),
  }),
  flow('web>legacy-api', from(pods.web), through(services.legacyService, 80), { requests: http(ok(0.4)) }),
  flow('web>world-west', from(pods.web), through(services.mirroredService, 7778), {
    requests: http(ok(0.3)),
  }),
  flow(
    'web>internet',
    from(pods.web),
    { kind: 'external', ip: '198.51.100.9', port: 443 },
    {
      connections: { ...kept, perSecond: 0.2 },
    },
  ),
  flow('batch>voting', from(pods.batch), through(services.votingService, 8080), {
    served: policies.votingDenied,
    requests: grpc(usual, grpcCode(7, 0.5)),
  }),
  flow('batch>web-admin', from(pods.batch), through(services.webService, 9000), {
    served: policies.webAdminDenied,
    requests: http({ perSecond: 0.25, status: 403 }),
  }),
  flow('batch>emoji', from(pods.batch), through(services.emojiService, 8080), {
    served: policies.emojiAudited,
    requests: grpc(usual, grpcCode(0, 0.1)),
  }),
  flow('voting>redis', from(pods.voting), through(services.redisService, 6379), {
    served: policies.redisFromVoting,
    connections: { held: 1, perSecond: 0.05, writtenPerSecond: 500, readPerSecond: 2000 },
  }),
  flow('batch>redis', from(pods.batch), through(services.redisService, 6379), {
    served: policies.redisDenied,
    connections: eachCall(0.05),
  }),
  ...adminFlows,
];
