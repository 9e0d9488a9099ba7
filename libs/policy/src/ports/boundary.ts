import type { AccessRequest } from '../question.js';
import type { Boundary, UnknownInput } from '../verdict.js';
import type { Endpoint } from '../view.js';
import { skippedPorts } from './skipped-ports.js';

/** The proxy's tap server. */
const tapPort = 4190;
/** The proxy's admin server. Its traffic always goes past the redirection to the proxy, and it applies policy itself. */
const adminPort = 4191;

/**
 * Why policy does not act on a port, undefined where it does. A list that cannot be read leaves it open.
 * Source: linkerd2 charts/partials/templates/_proxy-init.tpl, policy-controller/runtime/src/args.rs (read at b24cd40).
 */
export function boundaryOf(
  endpoint: Endpoint,
  port: number,
  request: AccessRequest,
): Boundary | UnknownInput | undefined {
  if (!endpoint.meshed) return 'not-meshed';
  if (!endpoint.governed) return 'not-governed';
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
  if (port === adminPort || endpoint.kind === 'ExternalWorkload') return undefined;
  const skipped = skippedPorts(endpoint, 'inbound');
  if ('has' in skipped) return skipped.has(port) ? 'port-bypasses-proxy' : undefined;
  return { code: 'SETTING_UNREAD', message: `${skipped.bad}: which ports bypass the proxy is not known` };
}
