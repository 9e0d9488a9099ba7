import { Command } from 'commander';
import { withClusterOptions } from '../connect/connection-options.js';
import { installManifests, uninstallManifests } from '../install/install-manifests.js';
import { type ChartOptions, renderedChart } from '../install/rendered-chart.js';
import type { Run } from '../run.js';
import { repeated } from './options.js';

export function installCommand(run: Run): Command {
  const command = new Command('install').summary('print the manifests of the mesh control plane').description(
    `Prints the manifests of the mesh control plane, with its namespace, for kubectl apply -f -. Needs helm, which renders the chart that comes with the command.
The Redis of the chart gets a password that is made anew each time: keep what you apply, set redis.existingSecret, or install with helm itself.`,
  );
  return withChartOptions(command).action(async (options: ChartOptions) => {
    run.write(installManifests(options.mcpNamespace, await renderedChart(options)));
  });
}

export function uninstallCommand(run: Run): Command {
  const command = new Command('uninstall')
    .summary('print what to delete of the mesh control plane')
    .description(
      'Prints the namespace of the mesh control plane and all that does not end with it, for kubectl delete -f -. Give the values that it was installed with.',
    );
  return withChartOptions(command).action(async (options: ChartOptions) => {
    run.write(await uninstallManifests(options.mcpNamespace, await renderedChart(options)));
  });
}

function withChartOptions(command: Command): Command {
  return withClusterOptions(
    command
      .option('--values <file>', 'values of the chart; may be given several times', repeated, [])
      .option('--set <name=value>', 'one value of the chart; may be given several times', repeated, []),
  );
}
