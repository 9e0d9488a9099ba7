import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@mcp/testing';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';

/** What the documents tell to type, typed in a shell, one block after the other, at one mesh that runs as `npm start` runs it. */
let folder: string;
let app: AppProcess;
let address: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'documents-'));
  const port = await freePort();
  address = `localhost:${port}`;
  app = new AppProcess('all-in-one', {
    MCP_DATA_DIR: join(folder, 'data'),
    MCP_GRPC_PORT: String(port),
    MCP_HTTP_PORT: String(await freePort()),
  });
  await app.start();
}, 120_000);
afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
}, 60_000);

/** The blocks of a language between two texts of a document, without lines that do not end by themselves. */
async function blocksOf(file: string, language: string, from: string, until: string): Promise<string[]> {
  const document = await readFile(file, 'utf8');
  const part = document.slice(document.indexOf(from), document.indexOf(until));
  const blocks = [...part.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))];
  return blocks.map(([, block = '']) => block.replaceAll(/^.*(watch -n|\/Watch).*\n/gm, ''));
}

/** What a block prints. Fails with what it says on standard error. */
async function typed(block: string): Promise<string> {
  const script = block
    .replaceAll('npx linkerd-mcp', resolve('apps/cli/bin/linkerd-mcp.mjs'))
    .replaceAll('npx buf', resolve('node_modules/.bin/buf'))
    .replaceAll('localhost:10900', address);
  const shell = spawn('bash', ['-euc', script], {
    cwd: folder,
    env: { ...process.env, MCP_ADDRESS: address },
  });
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, 'close')]);
  if (shell.exitCode !== 0) throw new Error(`${block}${stderr}`);
  return stdout;
}

/** Until a block works: the mesh is listed, and its traffic is seen, some time after the start. */
const worksAtLast = (block = '', holds: (printed: string) => boolean = () => true) =>
  eventually(() => typed(block), holds, 120_000);

/** Where a pod of the simulated mesh runs changes with each rollout. */
const withoutAddress = (printed: string): string =>
  printed.replaceAll(/client is at [\d.]+/g, 'client is at …');

describe('what the documents tell to type', () => {
  it('works, and gives what they say', async () => {
    const [graph, traffic, explain, reach, simulate, changes, ...more] = (
      await blocksOf('docs/api.md', 'sh', '## The graph', 'It is answered when')
    ).filter((block) => block !== '');
    expect(more).toEqual([]);
    for (const block of [graph, traffic]) await worksAtLast(block);
    const [json = ''] = await blocksOf('docs/api.md', 'json', '## Policy', '## Changes');
    const promised = JSON.parse(withoutAddress(json)) as { readonly summary: string };
    const answer = JSON.parse(withoutAddress(await worksAtLast(explain))) as object;
    expect(answer).toMatchObject({ summary: promised.summary });
    expect(saidIn(answer)).toEqual(expect.arrayContaining([...saidIn(promised)]));
    for (const block of [reach, simulate]) await worksAtLast(block);

    const [look, command, whatIf, plan, apply = '', undo = '', ...others] = (
      await blocksOf('README.md', 'sh', '## Try it', '### From a program')
    ).filter((block) => block.includes('npx linkerd-mcp'));
    expect(others).toEqual([]);
    expect(await worksAtLast(look)).toMatch(/shop\/Deployment\/cart .*8080 some by cart-http/);
    const [explained = ''] = await blocksOf('README.md', 'text', '### May A reach B', '### What would');
    await worksAtLast(command, (printed) => withoutAddress(printed) === withoutAddress(explained));
    await worksAtLast(whatIf, (printed) => printed.includes('shop/Deployment/orders'));
    const planned = await worksAtLast(plan, (printed) =>
      printed.startsWith('High risk: anybody would be let in'),
    );
    const change = planIn(planned);
    expect(await worksAtLast(apply.replace('<plan>', change))).toMatch(
      /cart-for-everyone +1 +converged +none +anonymous/,
    );
    const [undoIt = '', applyIt = ''] = undo.trim().split('\n');
    const undone = planIn(await worksAtLast(undoIt.replace('<change>', change)));
    expect(await worksAtLast(applyIt.replace('<plan>', undone))).toMatch(
      /cart-for-everyone +2 +converged +none +anonymous/,
    );
    expect(await typed(`npx linkerd-mcp changes ${change}`)).toMatch(/cart-for-everyone +1 +undone/);

    expect(await worksAtLast(changes)).toContain('"accepted": true');
    const [object, together, plans, history, ...further] = await blocksOf(
      'docs/api.md',
      'sh',
      '`ApplyHTTPRoute` takes',
      'A page of',
    );
    expect(further).toEqual([]);
    for (const block of [object, together]) expect(await worksAtLast(block)).toContain('"accepted": true');
    expect(await worksAtLast(plans)).toContain('"risk": "Unknown risk: ');
    expect(await worksAtLast(history)).toMatch(/"office"[^]*"DesiredStateSet"/);
  }, 400_000);
});

/** The id of a plan, from what the command says to type. */
function planIn(printed: string): string {
  const id = /linkerd-mcp apply (\S+)/.exec(printed)?.[1];
  if (id === undefined) throw new Error(`no plan was printed: ${printed}`);
  return id;
}

/** Every message in an answer. */
function saidIn(answer: unknown): readonly string[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([key, value]: [string, unknown]) =>
    key === 'message' && typeof value === 'string' ? [value] : saidIn(value),
  );
}
