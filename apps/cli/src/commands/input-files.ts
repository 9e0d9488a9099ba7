import { text } from 'node:stream/consumers';
import type { ManifestInput } from '@mcp/manifests';
import type { Run } from '../run.js';

export const fileFlags = '-f, --file <path>';
export const fileDoc = 'a file, a folder, or - for standard input; may be given several times';

/** What `-f` names. Standard input is read once, however often it is named. */
export async function manifestInputs(paths: readonly string[], run: Run): Promise<readonly ManifestInput[]> {
  const named = [...new Set(paths)];
  return Promise.all(
    named.map(async (path) =>
      path === '-' ? { name: 'standard input', text: await text(run.terminal.stdin) } : { path },
    ),
  );
}
