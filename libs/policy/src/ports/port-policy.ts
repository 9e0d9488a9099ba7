import type { ObjectStates, ProxyProtocol } from '@mcp/mesh';
import type { Authorization } from '../authorizations/authorization.js';
import { servesRequests } from '../routes/protocol.js';
import type { AccessRequest } from '../question.js';
import type { Unused } from '../routes/route-attachment.js';
import type { PortRoutes } from '../routes/route-table.js';
import type { RouteRef, ServerRef, UnknownInput } from '../verdict.js';

/**
 * What Linkerd's proxy is given for one port of one endpoint: everything that a decision about it depends on. It has routes only for
 * protocols with requests.
 */
export interface PortPolicy extends PortRoutes {
  /** Undefined where it cannot be known which one governs the port. */
  readonly server: ServerRef | undefined;
  readonly protocol: ProxyProtocol | undefined;
  /** The Server that governs; undefined for a default policy. */
  readonly object: ObjectStates['Server'] | undefined;
  /** Servers that select the port as well and have no say. */
  readonly overruled: readonly ObjectStates['Server'][];
  /** Those of the Server or the default policy: policies by name, ServerAuthorizations by name, the default. */
  readonly authorizations: readonly Authorization[];
  /** Routes that name the Server as a parent, and are not in use. */
  readonly unusedRoutes: readonly UnusedRoute[];
  /** Name of the rate limit that counts its requests. */
  readonly rateLimit: string | undefined;
  readonly doubts: PortDoubts;
}

export interface UnusedRoute {
  readonly ref: RouteRef;
  readonly because: Unused;
}

/** What is not known, by what it leaves open. */
export interface PortDoubts {
  /** Which Server governs: nothing can be said. */
  readonly server: readonly UnknownInput[];
  /** Which routes there are: nothing can be said of requests. */
  readonly routes: readonly UnknownInput[];
  /** Who is admitted beside those who surely are, to the port or through one of its routes. */
  readonly authorizations: readonly UnknownInput[];
}

export const noDoubts: PortDoubts = { server: [], routes: [], authorizations: [] };

/** Whether the connection is judged as a whole, whatever is sent over it. */
export function isOfConnection({ protocol }: PortPolicy, request: AccessRequest): boolean {
  if (protocol === undefined) return false;
  return !servesRequests(protocol) || (protocol === 'unknown' && request.kind === 'bytes');
}

/** What the proxy puts in place of a policy that it refuses. */
export function isInvalid({ server }: PortPolicy): boolean {
  return server?.kind === 'default' && server.name === 'invalid';
}
