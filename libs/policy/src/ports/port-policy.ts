import type { ObjectStates, ProxyProtocol } from '@mcp/mesh';
import type { Authorization } from '../authorizations/authorization.js';
import { servesRequests } from '../routes/protocol.js';
import type { AccessRequest } from '../question.js';
import type { RouteTable } from '../routes/route-table.js';
import type { ServerRef, UnknownInput } from '../verdict.js';

/** What Linkerd's proxy is given for one port of one endpoint: everything that a decision about it depends on. */
export interface PortPolicy {
  /** Undefined where it cannot be known which one governs the port. */
  readonly server: ServerRef | undefined;
  readonly protocol: ProxyProtocol | undefined;
  /** The Server that governs; undefined for a default policy. */
  readonly object: ObjectStates['Server'] | undefined;
  /** Servers that select the port as well and have no say. */
  readonly overruled: readonly ObjectStates['Server'][];
  /** Those of the Server or the default policy: policies by name, ServerAuthorizations by name, the default. */
  readonly authorizations: readonly Authorization[];
  /** Only for protocols with requests. */
  readonly routes: RouteTable;
  /** Name of the rate limit that counts its requests. */
  readonly rateLimit: string | undefined;
  readonly doubts: PortDoubts;
}

/** What is not known, by what it leaves open. */
export interface PortDoubts {
  /** Which Server governs: nothing can be said. */
  readonly server: readonly UnknownInput[];
  /** Which routes there are: nothing can be said of requests. */
  readonly routes: readonly UnknownInput[];
  /** Who is admitted beside those who surely are. */
  readonly authorizations: readonly UnknownInput[];
  /** Who is admitted through the routes that are objects, beside those who surely are. */
  readonly routeAuthorizations: readonly UnknownInput[];
}

export const noDoubts: PortDoubts = { server: [], routes: [], authorizations: [], routeAuthorizations: [] };

/** Whether the connection is judged as a whole, whatever is sent over it. */
export function isOfConnection({ protocol }: PortPolicy, request: AccessRequest): boolean {
  if (protocol === undefined) return false;
  return !servesRequests(protocol) || (protocol === 'unknown' && request.kind === 'bytes');
}

/** What the proxy puts in place of a policy that it refuses. */
export function isInvalid({ server }: PortPolicy): boolean {
  return server?.kind === 'default' && server.name === 'invalid';
}
