import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from '@ts-graphviz/ast';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, ScriptedKubelet } from '@mcp/testing';
import { AppProcess } from './app-process.js';
import { firstLines, runCommand } from './command-run.js';
import { eventually } from './eventually.js';

interface Graph {
  readonly position: string;
  readonly entities: readonly unknown[];
}

let folder: string;
let app: AppProcess;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
  const port = await freePort();
  const tokens = join(folder, 'tokens');
  await writeFile(tokens, 'alice-token-0123456789,alice\n');
  app = new AppProcess('all-in-one', {
    MCP_DATA_DIR: join(folder, 'log'),
    MCP_SIMULATION_STEP_MS: '500',
    MCP_GRPC_PORT: String(port),
    MCP_HTTP_PORT: String(await freePort()),
    MCP_AUTH: 'token-file',
    MCP_TOKEN_FILE: tokens,
    MCP_GRPC_HOST: '127.0.0.1',
  });
  await app.start();
  environment = { MCP_ADDRESS: `127.0.0.1:${port}`, MCP_TOKEN: 'alice-token-0123456789' };
}, 60_000);

afterAll(async () => {
  await app.stop();
  await rm(folder, { recursive: true });
});

const command = (...args: readonly string[]) => runCommand(args, environment);
const json = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await command(...args, '-o', 'json');
  return { code, stderr, answer: JSON.parse(stdout) as Graph };
};

const everyone = (name: string) =>
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {namespace: shop, name: ${name}}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: cart-http}, requiredAuthenticationRefs: []}}`;

describe('the command linkerd-mcp', () => {
  it('shows the graph to people, and says on the side at which position', async () => {
    const { code, stdout, stderr } = await eventually(
      () => command('graph', '-n', 'shop'),
      ({ stdout }) => /shop\/Deployment\/web +shop\/Deployment\/cart +8080 +http +mtls +active/.test(stdout),
      60_000,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^WORKLOAD +READY +MESHED +SERVICES +PORTS/);
    expect(stdout).toMatch(/shop\/Deployment\/cart +\d\/\d +all +cart +.*8080 some by cart-http/);
    expect(stderr).toMatch(/at position \S+\n$/);
  }, 90_000);

  it('gives it to programs, the same at the same position', async () => {
    const { code, answer } = await json('graph', '-n', 'shop');
    expect(code).toBe(0);
    const again = await json('graph', '-n', 'shop', '--at', answer.position);
    expect(again.answer.entities).toEqual(answer.entities);
    expect(answer.entities.length).toBeGreaterThan(20);
  });

  it('draws it for Graphviz', async () => {
    const { code, stdout } = await command('graph', '-o', 'dot');
    const [graph] = parse(stdout).children.filter((child) => child.type === 'Graph');
    expect(code).toBe(0);
    expect(graph?.children.filter((child) => child.type === 'Subgraph').length).toBeGreaterThan(5);
    expect(graph?.children.filter((child) => child.type === 'Edge').length).toBeGreaterThan(5);
  });

  it('follows it', async () => {
    const lines = await firstLines(['watch', '-n', 'shop', '--rates'], environment, 2);
    expect(lines[0]).toMatch(/^\S+ \d+ things at position \S+$/);
    expect(lines[1]).toMatch(/^\S+ (rate|added|changed|removed) +\S/);
    const [message = ''] = await firstLines(['watch', '-o', 'json'], environment, 1);
    expect(JSON.parse(message)).toMatchObject({ snapshot: { first: true } });
  });

  it('explains an access, and ends with 1 where it is not what was expected', async () => {
    const question = ['explain', 'legacy/backoffice', 'service:shop/cart:80', '--path', '/cart/1'];
    const { code, stdout } = await command(...question, '--expect', 'deny');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^legacy\/Deployment\/backoffice at port 80 of Service shop\/cart, asking for GET \/cart\/1: denied/,
    );
    expect(stdout).toMatch(
      /× AuthorizationPolicy shop\/cart-from-web\n +identity web\.shop\..* client has no mesh TLS/,
    );
    expect((await command(...question, '--expect', 'allow')).code).toBe(1);
    // for all that is served, some is allowed: surely neither
    expect((await command(...question.slice(0, 3), '--expect', 'deny')).code).toBe(1);
  });

  it('lists who can reach a port', async () => {
    const { code, stdout } = await command('who-can-reach', 'shop/cart:8080', '--path', '/cart/1');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^shop\/Deployment\/cart:8080, for 1 client\n {2}allow {2}by AuthorizationPolicy shop\/cart-from-web\n {4}shop\/Deployment\/web$/m,
    );
    expect(stdout).toMatch(
      /^shop\/Deployment\/cart:8080, for \d+ clients\n {2}deny\n( {4}.*\n)* {4}legacy\/Deployment\/backoffice$/m,
    );
  });

  it('says whom a change would cut, and ends with 1 where that shall be none', async () => {
    const file = join(folder, 'ledger.yaml');
    await writeFile(
      file,
      '{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {namespace: ledger, name: ledger-http}, spec: {podSelector: {matchLabels: {app: ledger}}, port: http, proxyProtocol: HTTP/1, accessPolicy: deny}}',
    );
    const { stdout, code } = await eventually(
      () => command('what-if', '-f', file, '--fail-on', 'cut'),
      (run) => run.code === 1,
      90_000,
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /cut +orders\.shop\.\S+ +shop\/Deployment\/orders +ledger\/Deployment\/ledger:8080 +\d+ +denied/,
    );
  }, 120_000);

  it('applies a policy, follows it until it has converged, and tells of it afterwards', async () => {
    const file = join(folder, 'everyone.yaml');
    await writeFile(file, everyone('for-everyone'));
    const dry = await command('apply', '-f', file, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect((await command('changes')).stdout).toBe('No changes were asked for.\n');

    const { code, stdout, stderr } = await command(
      'apply',
      '-f',
      file,
      '--wait',
      '--reason',
      'trying it out',
      '--accept-impact',
      'opens-to-everyone,unknown-impact',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /AuthorizationPolicy shop\/for-everyone +1 +converged +none +alice +\S+ +trying it out/,
    );
    // a phase that passes before it is asked about is not seen
    expect(stderr).toMatch(/\n\S{36}: converged\n$/);

    const [id = ''] = /^\S{36}/m.exec(stdout) ?? [];
    expect((await command('changes')).stdout).toContain(id);
    const narrowed = ['-n', 'shop', '--actor', 'alice', '--phase', 'converged', '--since', '1h'];
    const listed = await command('changes', ...narrowed, '-o', 'json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ changes: [{ id, reason: 'trying it out' }] });
    expect((await command('changes', '--open')).stdout).not.toContain(id);
    const events = await command('events', '--actor', 'alice', '--type', 'DesiredStateSet', '-o', 'json');
    expect(JSON.parse(events.stdout)).toMatchObject({ actorProvenBy: 'token', data: { changeId: id } });
    const about = await command('events', '--subject', `change/${id}`);
    expect(about.stdout.split('\n')[0]).toMatch(
      /ChangeRequested .*alice \(token, from 127\.0\.0\.1\) +trying it out$/,
    );
    expect((await command('changes', '--at-time', '24h')).stdout).toBe('No changes were asked for.\n');
    expect((await command('changes', id)).stdout).toMatch(/converged +\S+ +AuthorizationPolicyObserved/);
  }, 120_000);

  it('plans what nobody asked for yet, applies it only where its impact is accepted, and takes it back', async () => {
    const file = join(folder, 'guard.yaml');
    await writeFile(
      file,
      `{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {namespace: monitoring, name: prometheus}, spec: {podSelector: {matchLabels: {app: prometheus}}, port: 9090, proxyProtocol: HTTP/1}}`,
    );
    const { answer } = await json('plan', '-f', file, '--reason', 'guard it');
    const { id, objects } = answer as unknown as { id: string; objects: unknown };
    expect(objects).toMatchObject([{ object: { kind: 'Server' }, action: 'PLANNED_ACTION_CREATE' }]);
    const refused = await command('apply', id);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('name UNKNOWN_IMPACT in accept_impact');
    expect((await command('apply', id, '-f', file)).stderr).toContain('-f was for the plan to say');

    const accept = ['--accept-impact', 'unknown-impact', '--wait'];
    const applied = await command('apply', id, ...accept);
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/prometheus +1 +converged/) });
    expect((await command('withdraw', id)).stderr).toContain('(NOTHING_WAITS)');
    const undo = await command('undo', id);
    expect(undo.stdout).toMatch(/Server monitoring\/prometheus +delete +2/);
    const [, undoId = ''] = /linkerd-mcp apply (\S+)/.exec(undo.stdout) ?? [];
    // without the Server the default policy lets everyone in again
    const open = ['--accept-impact', 'unknown-impact,opens-to-everyone', '--wait'];
    expect(await command('apply', undoId, ...open)).toMatchObject({ code: 0 });
    expect((await command('history', id)).stdout).toMatch(
      /prometheus +1 +undone[^]*undone +\S+ +ChangeApplied/,
    );
    expect((await command('apply', id, '--accept-impact', 'all')).stderr).toContain(
      'say some of cuts-live-callers',
    );
  }, 120_000);

  it('verifies the log, against a head of it that was saved', async () => {
    const file = join(folder, 'head.json');
    const head = await command('events', 'head', '-o', 'json');
    await writeFile(file, head.stdout);
    const verified = await command('events', 'verify', '--head', file);
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ events are what was recorded, up to event \d+ of log /),
      stderr: expect.stringContaining('the saved head is not signed'),
    });
    const { sequence } = (JSON.parse(head.stdout) as { head: { sequence: string } }).head;
    await writeFile(file, head.stdout.replace(/"digest": ?"[0-9a-f]{40}"/, `"digest":"${'f'.repeat(40)}"`));
    const rewritten = await command('events', 'verify', '--head', file);
    expect(rewritten).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`the log was rewritten: at event ${sequence} its digest is `),
    });
    const exported = async (...args: readonly string[]) =>
      (await command('events', 'export', ...args)).stdout.trim().split('\n');
    const lines = await exported();
    expect(lines.length).toBeGreaterThanOrEqual(Number(sequence));
    expect(JSON.parse(lines[0]!)).toMatchObject({
      sequence: '1',
      subject: 'source',
      body: expect.any(String),
    });
    const { position } = JSON.parse(lines[4]!) as { position: string };
    const rest = await exported('--after', position);
    expect(rest.slice(0, lines.length - 5)).toEqual(lines.slice(5));
    expect((await command('events', 'export', '--after', position.replace(/.{4}$/, 'ffff'))).code).toBe(2);
  }, 60_000);

  it('applies nothing where a part could not be applied', async () => {
    const stdin = `${everyone('first')}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {namespace: shop, name: second}}\n`;
    const { code, stdout, stderr } = await runCommand(['apply', '-f', '-'], environment, stdin);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^linkerd-mcp: nothing is applied: standard input, document 2: ConfigMap shop\/second: /,
    );
    expect((await command('changes')).stdout).not.toContain('shop/first');
  });

  it('lists who was refused', async () => {
    const { code, stdout } = await eventually(
      () => command('denials', '--kind', 'denied', '-n', 'shop'),
      ({ stdout }) => stdout.includes('emailer-http'),
      60_000,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /denied +\d+ +orders\.shop\.\S+ +shop\/Deployment\/orders +shop\/Deployment\/emailer +8080 +emailer-http/,
    );
  }, 90_000);

  it('checks it as Linkerd asks its extensions to', async () => {
    const { code, stdout, stderr } = await command(
      'check',
      '--output=json',
      '--verbose=false',
      '--wait=1m0s',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const check = (description: string) => ({ description, result: 'success' });
    expect(JSON.parse(stdout)).toEqual({
      success: true,
      categories: [
        {
          categoryName: 'linkerd-mcp-api',
          checks: [
            check('the API answers'),
            check('a collector is at work'),
            check('every kind of object is followed'),
            check('traffic is seen'),
          ],
        },
      ],
    });
  }, 60_000);

  it('finds the API in the cluster where no address is said, and checks that too', async () => {
    const { MCP_ADDRESS = '', ...rest } = environment;
    const ports = { 10900: Number(MCP_ADDRESS.split(':')[1]) };
    const kubelet = await ScriptedKubelet.start({ name: 'mcp-api-0', ready: true, ports });
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(
      kubeconfig,
      `{clusters: [{name: c, cluster: {server: "${kubelet.url}", insecure-skip-tls-verify: true}}], users: [{name: u}], contexts: [{name: x, context: {cluster: c, user: u}}]}`,
    );
    try {
      const flags = ['--kubeconfig', kubeconfig, '--context', 'x', '--mcp-namespace', 'mcp'];
      const { code, stdout, stderr } = await runCommand(['changes', '--verbose', ...flags], rest);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: 'forwarding to port 10900 of pod mcp/mcp-api-0\n',
      });
      expect(stdout).toContain('shop/for-everyone');
      const check = await runCommand(['check', ...flags], rest);
      expect({ code: check.code, stderr: check.stderr }).toEqual({ code: 0, stderr: '' });
      expect(check.stdout).toMatch(/^kubernetes-api\n-+\n√ can initialize the client\n√ can query/);
      expect(check.stdout).toMatch(
        /√ a pod of mcp-api is ready[^]*√ traffic is seen\n\nStatus check results are √\n$/,
      );
      const other = await runCommand(['changes', ...flags, '--context', 'y'], rest);
      expect(other.stderr).toMatch(
        /the kubeconfig has no context y; it has x\): say with --address or MCP_ADDRESS/,
      );
    } finally {
      await kubelet.stop();
    }
  }, 60_000);

  it.each([
    [
      'a token that nobody has',
      ['changes'],
      { MCP_TOKEN: 'mallory-token-0123456789' },
      /^linkerd-mcp: the token is not known.*--token-file or MCP_TOKEN\n$/,
    ],
    [
      'no server',
      ['changes', '--address', 'localhost:1'],
      {},
      /^linkerd-mcp: no mesh control plane answers at localhost:1: /,
    ],
    [
      'a workload that is not there',
      ['explain', 'shop/nobody', 'shop/cart:8080'],
      {},
      /^linkerd-mcp: .*nobody.* \(WORKLOAD_NOT_FOUND\)\n$/,
    ],
    ['a position of another log', ['graph', '--at', 'x'], {}, /^linkerd-mcp: .*\(INVALID_REQUEST\)\n$/],
  ])('ends with 2 and one line on %s', async (_what, args, changed, line) => {
    const { code, stdout, stderr } = await runCommand(args, { ...environment, ...changed });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
