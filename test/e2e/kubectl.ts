import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The real kubectl, on a cluster; what it prints. Fails, saying what to run, where the machine has none. */
export function kubectlOn(kubeconfig: string): (...args: string[]) => Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const kubectl = process.env['KUBECTL'] ?? join(cache, 'linkerd-mcp-tests', 'kubectl');
  if (!existsSync(kubectl))
    throw new Error(`there is no ${kubectl}; run tools/test-set-up.sh --install, or set KUBECTL`);
  return async (...args) => (await run(kubectl, ['--kubeconfig', kubeconfig, ...args])).stdout;
}
