import type { ClientSeen, EdgeProtocol, PolicySeen, WorkloadRef } from '@mcp/mesh';

/**
 * Somebody who calls a port, as far as telemetry tells: who it proved to be, or a class, and the route that took its requests. It
 * tells no address and no path.
 */
export interface KnownCaller {
  readonly workload: WorkloadRef;
  readonly port: number;
  /** `tcp`: connections whose bytes are not HTTP, or were not looked at. */
  readonly protocol: EdgeProtocol;
  readonly client: ClientSeen;
  readonly route?: PolicySeen;
}
