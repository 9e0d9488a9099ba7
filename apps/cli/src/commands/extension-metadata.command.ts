import { Command } from 'commander';
import type { Run } from '../run.js';

/**
 * What Linkerd asks every `linkerd-*` on the PATH. The name must be that of the file. With `always`, `linkerd check` runs our check
 * also where nothing of ours is in the cluster, since the control plane may run outside of it.
 * Source: linkerd2 pkg/healthcheck/healthcheck_output.go, ExtensionMetadataOutput; cli/cmd/check-extensions.go, isAlwaysCheck.
 */
export function extensionMetadataCommand(run: Run): Command {
  return new Command('_extension-metadata')
    .description('say to Linkerd what extension this is, as JSON')
    .action(() => run.write(`${JSON.stringify({ name: 'linkerd-mcp', checks: 'always' })}\n`));
}
