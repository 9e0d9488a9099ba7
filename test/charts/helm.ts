import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Where the tests install, unless they say otherwise. */
export const release = { name: 'linkerd-mcp', namespace: 'linkerd-mcp' } as const;

/** The real helm: what it prints. Fails with what it says. */
export async function helm(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(findHelm(), args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** What `helm template` makes of a chart of this repository. Secrets that it makes up are the same each time. */
export async function template(chart: string, values: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'helm-'));
  try {
    const file = join(folder, 'values.json');
    await writeFile(file, JSON.stringify(values));
    const args = ['template', release.name, join('helm', chart), '--namespace', release.namespace];
    const text = await helm(...args, '--values', file);
    return text.replace(/^( {2}(?:collector|mcp-api|reconciler): )[A-Za-z0-9+/]{40,}=*$/gm, '$1bWFkZS11cA==');
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function manifests(chart: string, values: object = {}): Promise<readonly Manifest[]> {
  return manifestsIn(await template(chart, values));
}

export function manifestsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

function findHelm(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(cache, 'linkerd-mcp-tests')];
  const found = folders.map((folder) => join(folder, 'helm')).find(existsSync);
  if (found === undefined) throw new Error('there is no helm; run tools/test-set-up.sh --install');
  return found;
}
