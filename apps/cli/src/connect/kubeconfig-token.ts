import type { ClusterConnection } from '@mcp/kubernetes';
import { CannotRun } from '../exit-code.js';
import type { Run } from '../run.js';
import type { ClusterOptions } from './connection-options.js';

const instead = 'give one with --token-file or MCP_TOKEN';

/**
 * What the kubeconfig has to prove who calls: a token, or a program that gives one. Good for the whole cluster, so for an API in that
 * cluster only, which asks for it. Fails with `CannotRun`; never shows it.
 */
export async function kubeconfigToken(
  run: Run,
  connection: Pick<ClusterConnection, 'bearerToken'>,
  { as, asGroup, verbose }: ClusterOptions,
): Promise<string> {
  if (as !== undefined || asGroup.length > 0)
    throw new CannotRun(
      `the API asks for a token, and that of the kubeconfig is yours, not that of whom --as names: ${instead}`,
    );
  const token = await connection.bearerToken().catch((error: unknown) => {
    const why = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
    throw new CannotRun(`the API asks for a token, and the kubeconfig gives none (${why}): ${instead}`);
  });
  if (token === undefined)
    throw new CannotRun(
      `the API asks for a token, and the kubeconfig has none to pass on, as a client certificate is none: ${instead}`,
    );
  if (verbose) run.note('the API asks for a token: that of the kubeconfig goes to it');
  return token;
}
