import type { LedgerEdge } from '@mcp/events';
import { formatClientSeen } from '@mcp/mesh';

/** Who calls what of a workload. */
export type Caller = Pick<LedgerEdge, 'client' | 'port' | 'protocol' | 'route'>;

/** One text for one caller. Names of objects have no spaces, and the client comes last. */
export function callerKey({ client, port, protocol, route }: Caller): string {
  const taken = route === undefined ? '' : `${route.group}:${route.kind}:${route.name}`;
  return `${port} ${protocol} ${taken} ${formatClientSeen(client)}`;
}
