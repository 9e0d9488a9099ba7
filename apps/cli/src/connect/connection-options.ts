import { type Command, Option } from 'commander';
import { duration, repeated } from '../commands/options.js';

/** How the cluster is reached; Linkerd hands all of these to its extensions. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly as?: string;
  readonly asGroup: readonly string[];
  readonly mcpNamespace: string;
  readonly verbose: boolean;
}

/** How the API is reached. */
export interface ConnectionOptions extends ClusterOptions {
  readonly address?: string;
  readonly tlsCa?: string;
  readonly tokenFile?: string;
  readonly timeout: number;
}

export function withClusterOptions(command: Command): Command {
  return command
    .option('--mcp-namespace <namespace>', 'the namespace of the mesh control plane', 'linkerd-mcp')
    .option('--kubeconfig <file>', 'the kubeconfig; absent: as kubectl finds it')
    .option('--context <name>', 'the context of the kubeconfig')
    .option('--as <user>', 'impersonate a user')
    .option('--as-group <group>', 'impersonate a group; may be given several times', repeated, [])
    .option('-L, --linkerd-namespace <namespace>', "the namespace of Linkerd's control plane", 'linkerd')
    .option('--api-addr <address>', 'taken, as Linkerd hands it on, and not used')
    .option('--verbose', 'say on standard error what is done', false);
}

export function withConnectionOptions(command: Command): Command {
  return withClusterOptions(
    command
      .option(
        '--address <address>',
        'where the API is: host:port, or https://host:port [MCP_ADDRESS]; absent: a port is forwarded from the cluster',
      )
      .option('--tls-ca <file>', 'certificate authorities for an https address, as PEM')
      .option('--token-file <file>', 'a file with the token of the caller; or set MCP_TOKEN')
      .addOption(
        new Option('--timeout <duration>', 'how long an answer may take')
          .argParser(duration)
          .default(30_000, '30s'),
      ),
  );
}
