import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

let folder: string;
let built: string;

/** A checkout with no dependencies, and a cache of npm that has never seen it. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npx-'));
  built = join(folder, 'checkout', 'dist', 'apps', 'cli', 'src', 'main.js');
  const { name, version, type, bin } = JSON.parse(await readFile('package.json', 'utf8')) as Record<
    string,
    unknown
  >;
  await mkdir(dirname(built), { recursive: true });
  await cp('apps/cli/bin', join(folder, 'checkout', 'apps', 'cli', 'bin'), { recursive: true });
  await writeFile(
    join(folder, 'checkout', 'package.json'),
    JSON.stringify({ name, version, type, bin, private: true }),
  );
});
afterEach(() => rm(folder, { recursive: true }));

function npx(): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, npm_config_cache: join(folder, 'cache'), npm_config_offline: 'true' };
    const options = { cwd: join(folder, 'checkout'), env };
    const child = execFile('npx', ['--yes', 'linkerd-mcp'], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** As the compiler writes it: not executable. */
async function build(says: string): Promise<void> {
  await rm(built, { force: true });
  await writeFile(built, `console.log(${JSON.stringify(says)});\n`, { mode: 0o644 });
}

describe('npx linkerd-mcp in a checkout', () => {
  it('says that nothing is built, and works when it is, and when it is built again', async () => {
    const early = await npx();
    expect([early.code, early.stdout]).toEqual([2, '']);
    expect(early.stderr).toContain('linkerd-mcp is not built yet: npm start builds it');
    await build('once');
    expect(await npx()).toMatchObject({ code: 0, stdout: 'once\n' });
    await build('again');
    expect(await npx()).toMatchObject({ code: 0, stdout: 'again\n' });
  }, 60_000);
});
