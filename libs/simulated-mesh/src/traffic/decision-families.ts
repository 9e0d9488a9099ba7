import type { Decided } from './counters.js';
import { counterFamily, type Family } from './exposition.js';
import { named, servedLabels, tlsLabels } from './labels.js';
import type { SimulatedProxy } from './proxy.js';

/** By what was decided, and of what: the families that count it. An audit is an allow that the authorization `audit` gave. */
const decisions: readonly (readonly [string, Decided['protocol'], readonly Decided['what'][], string])[] = [
  [
    'inbound_http_authz_allow_total',
    'http',
    ['allowed', 'audited'],
    'The total number of inbound HTTP requests that were authorized',
  ],
  [
    'inbound_http_authz_deny_total',
    'http',
    ['denied'],
    'The total number of inbound HTTP requests that could not be processed due to being unauthorized',
  ],
  [
    'inbound_http_route_not_found_total',
    'http',
    ['route-not-found'],
    'The total number of inbound HTTP requests that could not be associated with a route',
  ],
  [
    'inbound_tcp_authz_allow_total',
    'tcp',
    ['allowed', 'audited'],
    'The total number of inbound TCP connections that were authorized',
  ],
  [
    'inbound_tcp_authz_deny_total',
    'tcp',
    ['denied'],
    'The total number of inbound TCP connections that were denied',
  ],
  [
    'inbound_tcp_authz_terminate_total',
    'tcp',
    ['terminated'],
    'The total number of inbound TCP connections that were terminated due to an authorization change',
  ],
];

export function decisionFamilies(proxy: SimulatedProxy): readonly Family[] {
  return decisions.map(([name, protocol, whats, help]) =>
    counterFamily(
      name,
      help,
      [...proxy.inbound].flatMap(({ place, decided }) =>
        [...decided.values()]
          .filter(({ what, protocol: carried }) => carried === protocol && whats.includes(what))
          .map(({ route, authorization, count }) => ({
            labels: {
              ...servedLabels(proxy.instance, place),
              ...named('route', route),
              ...named('authz', authorization),
              ...tlsLabels(place.tls, 'client_id'),
            },
            value: count.value,
          })),
      ),
    ),
  );
}
