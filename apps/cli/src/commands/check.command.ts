import { Command, Option } from 'commander';
import { apiChecks } from '../check/api-checks.js';
import { checkOutput, type CheckFormat } from '../check/check-output.js';
import { type CheckCategory, runChecks, succeeded } from '../check/check-run.js';
import { CheckedCluster } from '../check/cluster-checks.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import type { Run } from '../run.js';
import { duration } from './options.js';

interface CheckOptions extends ConnectionOptions {
  readonly linkerdNamespace: string;
  readonly namespace?: string;
  readonly pre: boolean;
  readonly proxy: boolean;
  readonly wait: number;
  readonly output: CheckFormat;
}

export function checkCommand(run: Run): Command {
  const command = new Command('check')
    .summary('is the mesh control plane healthy')
    .description(
      'Checks the mesh control plane, and prints it as `linkerd check` does, which runs this where the extension is installed.\nWith --address only what answers there is looked at, and no cluster.',
    )
    .option('--pre', 'only whether it can be installed', false)
    .option('--proxy', 'only whether its pods are meshed', false)
    .option(
      '-n, --namespace <namespace>',
      'the namespace for --proxy; absent: that of the mesh control plane',
    )
    .option('--cni-enabled', 'taken, as Linkerd has it, and not used', false)
    .addOption(
      new Option('--wait <duration>', 'how long to wait for what is still starting')
        .argParser(duration)
        .default(300_000, '5m'),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print it; short leaves out what passed')
        .choices(['table', 'short', 'json'])
        .default('table'),
    );
  return withConnectionOptions(command).action(async (options: CheckOptions) => {
    const checked = await runChecks(categoriesFor(options, run), options.wait, ({ description }, error) => {
      if (run.terminal.watched || options.verbose) run.note(`waiting: ${description}: ${error}`);
    });
    run.write(checkOutput(checked, options.output, run.paint));
    if (!succeeded(checked)) run.endBadly();
  });
}

function categoriesFor(options: CheckOptions, run: Run): readonly CheckCategory[] {
  const cluster = new CheckedCluster(options);
  if (options.pre) return [cluster.reachable, cluster.beforeInstall(options.linkerdNamespace)];
  if (options.proxy) return [cluster.reachable, cluster.meshed(options.namespace ?? options.mcpNamespace)];
  const api = apiChecks((use) => withApi(run, options, use));
  const outside = (options.address ?? run.terminal.environment['MCP_ADDRESS'] ?? '') !== '';
  return outside ? [api] : [cluster.reachable, cluster.installed, api];
}
