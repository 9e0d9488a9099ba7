import { CannotRun } from '../exit-code.js';
import type { Run } from '../run.js';
import type { ClusterOptions } from './connection-options.js';
import { kubeconfigToken } from './kubeconfig-token.js';

export interface ForwardedApi {
  /** On this machine. */
  readonly address: string;
  /** Of the caller, for the cluster that the API runs in. Fails with `CannotRun`. */
  token(): Promise<string>;
  close(): Promise<void>;
}

/** What the pods of the API are labelled with, and the port that they serve. */
const apiPods = { labels: 'app.kubernetes.io/name=mcp-api', port: 10_900 } as const;

/** Forwards a free port of this machine to a ready pod of the API. Fails with `CannotRun`. */
export async function forwardedApi(run: Run, options: ClusterOptions): Promise<ForwardedApi> {
  // most commands with an address never need it, and it is slow to load
  const { ClusterConnection, forwardToPod, readyPod } = await import('@mcp/kubernetes');
  const instead = 'say with --address or MCP_ADDRESS where the API is';
  try {
    const connection = ClusterConnection.fromKubeconfig(options.kubeconfig, options);
    const pod = await readyPod(connection, options.mcpNamespace, apiPods.labels);
    if (pod === undefined)
      throw new CannotRun(
        `no ready pod of ${options.mcpNamespace} has the label ${apiPods.labels}: install the mesh control plane, give its namespace with --mcp-namespace, or ${instead}`,
      );
    if (options.verbose) run.note(`forwarding to port ${apiPods.port} of pod ${options.mcpNamespace}/${pod}`);
    const forwarding = await forwardToPod(
      connection,
      { namespace: options.mcpNamespace, pod, port: apiPods.port },
      (error) => run.note(`forwarding to pod ${pod}: ${error.message}`),
    );
    return {
      address: `127.0.0.1:${forwarding.port}`,
      token: () => kubeconfigToken(run, connection, options),
      close: () => forwarding.close(),
    };
  } catch (error) {
    if (error instanceof CannotRun) throw error;
    throw new CannotRun(
      `the cluster cannot be reached (${error instanceof Error ? error.message : String(error)}): ${instead}`,
    );
  }
}
