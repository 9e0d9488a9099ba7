import { choicesOf, podChoice, type Moment } from './choices.js';
import type { Flow, HttpExchange } from './flow.js';
import type { Instance } from './instance.js';
import { everyInstance, hasPage, instancesOfWorkload } from './instance.js';
import type { Lane } from './lane.js';

const adminPort = 4191;

/** From where the kubelets of the nodes probe. */
const nodeAddress = '172.18.0.2';

/** Kubernetes' default `periodSeconds` of a probe. */
const probePace = { perSecond: 1 / 10 };

/** Who calls whom at the moment: the flows, with the pods that there are, and the probes that pods ask for. */
export function lanesOf(moment: Moment, flows: readonly Flow[]): readonly Lane[] {
  const everyone = everyInstance(moment.view);
  const proxied = everyone.filter(hasPage);
  return [
    ...flows.flatMap((flow, number) =>
      instancesOfWorkload(moment.view, flow.from).flatMap((client) =>
        lanesOfClient(moment, flow, `${number}/${client.key}`, client, proxied),
      ),
    ),
    ...proxied.flatMap((pod) => probesOf(moment, pod)),
  ];
}

function lanesOfClient(
  moment: Moment,
  { to, pace, exchange }: Flow,
  key: string,
  client: Instance,
  proxied: readonly Instance[],
): readonly Lane[] {
  const lane = { client, pace, exchange, pooled: exchange.kind === 'http' || exchange.kept };
  if (to.kind !== 'proxies') return [{ ...lane, key, choices: choicesOf(moment, client, to, exchange) }];
  return proxied
    .filter((serving) => serving.key !== client.key)
    .map((serving) => ({
      ...lane,
      key: `${key}>${serving.key}`,
      choices: [podChoice(moment, { client, serving, port: adminPort, exchange })],
    }));
}

/** The HTTP probes that a pod declares, from its node. */
function probesOf(moment: Moment, serving: Instance): readonly Lane[] {
  const { probes, ports } = serving.endpoint;
  return probes.flatMap(({ container, port: declared, path }) => {
    const port =
      typeof declared === 'number'
        ? declared
        : ports.find((known) => known.container === container && known.name === declared)?.number;
    if (port === undefined) return [];
    const exchange: HttpExchange = {
      kind: 'http',
      method: 'GET',
      path: path.startsWith('/') ? path : `/${path}`,
      grpc: false,
      failureShare: 0,
      medianMs: 1,
    };
    return [
      {
        key: `probe/${serving.key}/${container}:${port}${path}`,
        client: undefined,
        pace: probePace,
        exchange,
        pooled: false,
        choices: [podChoice(moment, { client: undefined, from: nodeAddress, serving, port, exchange })],
      },
    ];
  });
}
