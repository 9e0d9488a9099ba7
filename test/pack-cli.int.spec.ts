import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const run = promisify(execFile);
let folder: string;
let installed: string;

/** The packed command, installed in a folder where nothing of the repository is, with no registry. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pack-cli-'));
  const { stdout } = await run(process.execPath, [resolve('tools', 'pack-cli.mjs'), folder]);
  installed = join(folder, 'empty');
  await mkdir(installed);
  const tarball = stdout.trim().split('\n').at(-1) ?? '';
  await run('npm', ['install', '--offline', '--no-audit', '--ignore-scripts', tarball], {
    cwd: installed,
  });
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

async function command(...args: readonly string[]) {
  const program = join(installed, 'node_modules', '.bin', 'linkerd-mcp');
  try {
    const { stdout, stderr } = await run(program, args, { cwd: installed, maxBuffer: 16 * 1024 * 1024 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
}

const documents = (text: string): readonly Rendered[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJS() as Rendered | null) ?? []);
const nameOf = ({ kind, metadata }: Rendered) => `${kind} ${metadata.name}`;

describe('the packed command', () => {
  it('has the version of the repository', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await command('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('lints manifests, with what it brings alone', async () => {
    const { code, stdout } = await command('lint', '-f', resolve('apps/cli/test/manifests/seeded'));
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /error {4}LNK104 {2}Server ledger\/ledger-http[^]*7 findings: 5 errors, 2 warnings\.\n$/,
    );
  });

  it('has what speaks to servers too', async () => {
    const { code, stderr } = await command('changes', '--address', 'localhost:1');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^linkerd-mcp: no mesh control plane answers at localhost:1/);
    const other = await command('changes', '--kubeconfig', '/nowhere');
    expect(other.stderr).toMatch(/^linkerd-mcp: the cluster cannot be reached .*\/nowhere/);
  });

  it('prints what to install, in a namespace by which Linkerd knows it', async () => {
    const { code, stdout } = await command(
      'install',
      '--mcp-namespace',
      'mcp',
      '--set',
      'global.linkerd.policy=false',
    );
    expect(code).toBe(0);
    const [namespace, ...rest] = documents(stdout);
    expect(namespace).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'mcp', labels: { 'linkerd.io/extension': 'mcp' } },
    });
    const deployments = rest.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(deployments.sort()).toEqual(
      ['collector', 'mcp-api', 'reconciler'].map((name) => `linkerd-mcp-${name}`),
    );
    expect(rest.some(({ kind }) => kind === 'Server')).toBe(false);
  });

  it('prints all to uninstall that does not end with the namespace', async () => {
    const values = ['--mcp-namespace', 'mcp', '--set', 'global.namespaces={shop}'];
    const rendered = documents((await command('install', ...values)).stdout);
    const elsewhere = rendered.filter(({ metadata }) => metadata.namespace !== 'mcp').map(nameOf);
    const { code, stdout } = await command('uninstall', ...values);
    expect(code).toBe(0);
    expect(documents(stdout).map(nameOf).sort()).toEqual(elsewhere.sort());
    expect(elsewhere.length).toBeGreaterThan(2);
  });

  it('says in one line what is wrong with a value', async () => {
    const { code, stdout, stderr } = await command('install', '--set', 'nonsense=1');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^linkerd-mcp: helm does not render the chart: .*nonsense.*\n$/);
  });
});
