import type { ClientSeen, PolicySeen } from '@mcp/mesh';
import type { GovernedPort, InboundSeen, ProxyClaim, TlsSeen } from '@mcp/sources';
import { by, notAdmin, rate, series } from './expression.js';
import { fieldNote, FieldTable } from './field-table.js';
import {
  claimOf,
  clientTlsLabels,
  governingLabels,
  label,
  policySeen,
  portIn,
  proxyLabels,
  type Labels,
} from './labels.js';
import { Interned, Pairs, type Naming } from './naming.js';
import { classified } from './requests.js';
import { clientSeen, tlsSeen } from './tls-seen.js';
import { leftOut, type PartQueries } from './traffic-query.js';

export const routeLabels = ['route_group', 'route_kind', 'route_name'];
export const authorizationLabels = ['authz_group', 'authz_kind', 'authz_name'];

/** Who asked whom, as the server's proxy says it. */
interface ServedSeen extends GovernedPort {
  readonly serving: ProxyClaim;
  readonly route?: PolicySeen;
  readonly authorization?: PolicySeen;
  readonly client: ClientSeen;
  readonly tls: TlsSeen;
}

type Table = FieldTable<ServedSeen, 'successPerSecond' | 'failurePerSecond' | 'openConnections'>;

const governedLabels = [...governingLabels, ...routeLabels, ...authorizationLabels];
const ofResponses = [...governedLabels, ...clientTlsLabels];
const ofConnections = [...governingLabels, ...clientTlsLabels];

/**
 * What servers' proxies let in: behind authorization, so that nothing refused is in it. It names no address, pod or workload of a client.
 * Source: linkerd2-proxy linkerd/app/inbound/src/http/router.rs (read at v2.366.0).
 */
export const inboundQueries: PartQueries<ServedNaming, Table, InboundSeen> = {
  part: 'inbound',
  queries: [
    {
      id: 'inbound-responses',
      gives:
        'Responses per second that servers gave, by the client’s identity, and the Server, route and authorization that let it in.',
      cost: 'One row per server pod, port, route, authorization, client identity and classification; reads the window of as many series.',
      reads: ['direction', ...ofResponses, 'classification'],
      text: (terms) =>
        by(
          'sum',
          [...proxyLabels, ...ofResponses, 'classification'],
          rate(series('response_total', terms, 'direction="inbound"', notAdmin), terms.windowMs),
        ),
      note: (names, labels) => {
        const field = classified(label(labels, 'classification'));
        return field === undefined
          ? leftOut('classification is new')
          : fieldNote(names.of(labels), field, 'per-second');
      },
    },
    {
      id: 'inbound-connections',
      gives: 'Connections that are open to servers, by the client’s identity.',
      cost: 'One row per server pod, port and client identity; reads one sample of one series each.',
      reads: ['direction', 'peer', ...ofConnections],
      text: (terms) =>
        by(
          'sum',
          [...proxyLabels, ...ofConnections],
          series('tcp_open_connections', terms, 'direction="inbound"', 'peer="src"', notAdmin),
        ),
      note: (names, labels) => fieldNote(names.of(labels), 'openConnections', 'open'),
    },
  ],
  names: () => new ServedNaming(),
  table: () => new FieldTable(),
  seen: (table) => table.rows(),
};

type GovernedSeen = Omit<ServedSeen, 'client' | 'tls'>;
type AskingSeen = Pick<ServedSeen, 'client' | 'tls'>;

/** By what serves and governs, and by who asked: one server has many clients, and one client many servers. */
class ServedNaming implements Naming<ServedSeen> {
  readonly #governed = new Interned<GovernedSeen>([...proxyLabels, ...governedLabels], governedSeen);
  readonly #asking = new Interned<AskingSeen>(clientTlsLabels, askingSeen);
  readonly #served = new Pairs((governed: GovernedSeen, asking: AskingSeen) => ({ ...governed, ...asking }));

  of(labels: Labels): ServedSeen | string {
    const governed = this.#governed.of(labels);
    const asking = this.#asking.of(labels);
    if (typeof governed === 'string') return governed;
    return typeof asking === 'string' ? asking : this.#served.of(governed, asking);
  }
}

/** A text where the row names no port. */
export function servedSeen(labels: Labels): ServedSeen | string {
  const governed = governedSeen(labels);
  return typeof governed === 'string' ? governed : { ...governed, ...askingSeen(labels) };
}

/** Proxies before 2.18 say the port only of the target. */
function governedSeen(labels: Labels): GovernedSeen | string {
  const port = portIn(label(labels, 'target_port')) ?? portIn(label(labels, 'srv_port'));
  if (port === undefined) return 'no port';
  const route = policySeen(labels, 'route');
  const authorization = policySeen(labels, 'authz');
  return {
    serving: claimOf(labels),
    server: policySeen(labels, 'srv') ?? { group: '', kind: '', name: '' },
    port,
    ...(route !== undefined && { route }),
    ...(authorization !== undefined && { authorization }),
  };
}

function askingSeen(labels: Labels): AskingSeen {
  const tls = tlsSeen(labels, 'client_id');
  return { client: clientSeen(tls), tls };
}
