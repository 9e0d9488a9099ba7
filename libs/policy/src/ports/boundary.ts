import { annotations } from '../names.js';
import { parsePortList } from '../matching/port-list.js';
import type { AccessRequest } from '../question.js';
import type { Boundary, UnknownInput } from '../verdict.js';
import type { Endpoint } from '../view.js';

/** What Helm's `proxyInit.ignoreInboundPorts` lists by default, where the pod has no list of its own. */
const skippedByDefault = parsePortList('4567,4568');
/** The proxy's tap server. The admin server on 4191 applies policy itself. */
const tapPort = 4190;

/**
 * Why policy does not act on a port, undefined where it does. A list that cannot be read leaves it open.
 * Source: linkerd2 charts/partials/templates/_proxy-init.tpl, policy-controller/runtime/src/args.rs (read at b24cd40).
 */
export function boundaryOf(
  endpoint: Endpoint,
  port: number,
  request: AccessRequest,
): Boundary | UnknownInput | undefined {
  if (!endpoint.governed) return 'not-governed';
  if (!endpoint.meshed) return 'not-meshed';
  const bypass = bypassing(endpoint, port);
  if (bypass === 'port-bypasses-proxy') return bypass;
  // a request is made over TCP, whatever the port is declared for
  return request.kind !== 'http' && isOfOtherProtocol(endpoint, port) ? 'not-tcp' : bypass;
}

function isOfOtherProtocol({ ports }: Endpoint, port: number): boolean {
  const declared = ports.filter(({ number }) => number === port);
  return declared.length > 0 && declared.every(({ protocol }) => protocol !== 'TCP');
}

function bypassing(endpoint: Endpoint, port: number): 'port-bypasses-proxy' | UnknownInput | undefined {
  if (port === tapPort) return 'port-bypasses-proxy';
  // which other ports of an external workload are intercepted is set up on its machine
  if (endpoint.kind === 'ExternalWorkload') return undefined;
  const own = endpoint.annotations[annotations.skipInboundPorts];
  const list = own === undefined ? skippedByDefault : parsePortList(own);
  if ('has' in list) return list.has(port) ? 'port-bypasses-proxy' : undefined;
  return {
    code: 'SETTING_UNREAD',
    message: `annotation ${annotations.skipInboundPorts} has "${list.bad}", which is no port: which ports bypass the proxy is not known`,
  };
}
