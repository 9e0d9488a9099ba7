import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotRun } from '../exit-code.js';
import { packageFolder } from '../package-folder.js';

export interface ChartOptions {
  readonly mcpNamespace: string;
  readonly values: readonly string[];
  readonly set: readonly string[];
}

/** The chart, which comes with the command. */
export const chart = join(packageFolder, 'helm', 'linkerd-mcp');

/** The name of the release that it is rendered for. */
const release = 'linkerd-mcp';

/** What Helm makes of the chart, without tests. Fails with `CannotRun`. */
export async function renderedChart({ mcpNamespace, values, set }: ChartOptions): Promise<string> {
  const args = [
    ...['template', release, chart, '--namespace', mcpNamespace, '--skip-tests'],
    ...values.flatMap((file) => ['--values', file]),
    ...set.flatMap((value) => ['--set', value]),
  ];
  try {
    const { stdout } = await promisify(execFile)('helm', args, { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { readonly code?: unknown; readonly stderr?: string };
    if (code === 'ENOENT')
      throw new CannotRun(
        `the manifests are rendered by helm, which is not on the PATH: install Helm 3, or use the chart in ${chart} otherwise`,
      );
    throw new CannotRun(`helm does not render the chart: ${stderr.trim()}`);
  }
}
