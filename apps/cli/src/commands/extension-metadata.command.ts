import { Command } from 'commander';
import type { Run } from '../run.js';

/**
 * What Linkerd asks every `linkerd-*` on the PATH. The name must be that of the file. Only `always` would have `linkerd check` run our check
 * whatever the cluster is; anything else has it run where the label of a namespace says that we are installed.
 * Source: linkerd2 pkg/healthcheck/healthcheck_output.go, ExtensionMetadataOutput; cli/cmd/check-extensions.go, findExtensions.
 */
export function extensionMetadataCommand(run: Run): Command {
  return new Command('_extension-metadata')
    .description('say to Linkerd what extension this is, as JSON')
    .action(() => run.write(`${JSON.stringify({ name: 'linkerd-mcp', checks: 'cluster' })}\n`));
}
