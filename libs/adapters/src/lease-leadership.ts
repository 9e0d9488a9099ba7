import { type ClusterConnection, LeaseElector } from '@mcp/kubernetes';
import type { Leadership } from '@mcp/runtime';

/** Elects by a Lease of the cluster, one for each role. */
export class LeaseLeadership implements Leadership {
  readonly #elector: LeaseElector;

  constructor(
    connection: ClusterConnection,
    lease: { readonly namespace: string; readonly name: string },
    readonly holder: string,
  ) {
    this.#elector = new LeaseElector({ connection, ...lease, identity: holder });
  }

  get leading(): boolean {
    return this.#elector.leading;
  }

  get problem(): string | undefined {
    return this.#elector.problem;
  }

  run(signal: AbortSignal, whileLeading: (leading: AbortSignal) => Promise<void>): Promise<void> {
    return this.#elector.run(whileLeading, signal);
  }
}
