import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { golden, told } from './told.js';

const seeded = 'apps/cli/test/manifests/seeded';
const sound = 'apps/cli/test/manifests/sound';

describe('linkerd-mcp lint', () => {
  it('finds nothing in manifests that are sound', async () => {
    expect(await told(['lint', '-f', sound])).toEqual({ code: 0, stdout: 'No findings.\n', stderr: '' });
  });

  it('names each mistake with its file, and says on the side what it did not look at', async () => {
    const { code, stdout, stderr } = await told(['lint', '-f', seeded]);
    expect(code).toBe(1);
    expect(stdout).toBe(golden('lint.txt', stdout));
    expect(stderr).toBe(
      'not looked at: 1 ConfigMap\nwhat runs in ledger is not known: no manifest says it, and nothing is concluded from it\n',
    );
  });

  it('says the same to programs', async () => {
    const { code, stdout, stderr } = await told(['lint', '-f', seeded, '-o', 'json']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toBe(golden('lint.json', stdout));
  });

  it('reads standard input, and names it', async () => {
    const stdin = readFileSync(`${seeded}/ledger.yaml`, 'utf8');
    const { code, stdout } = await told(['lint', '-f', '-'], { stdin });
    expect(code).toBe(1);
    expect(stdout).toContain('standard input, document 1\n  error    LNK104  Server ledger/ledger-http');
  });

  it('takes several files as one mesh', async () => {
    const half = (kinds: RegExp) =>
      readFileSync(`${sound}/shop.yaml`, 'utf8')
        .split('---\n')
        .filter((document) => kinds.test(document))
        .join('---\n');
    const policies = half(/kind: (Server|MeshTLSAuthentication|AuthorizationPolicy)\n/);
    expect(await told(['lint', '-f', '-', '-f', `${sound}/shop.yaml`], { stdin: policies })).toEqual({
      code: 0,
      stdout: 'No findings.\n',
      stderr: '',
    });
  });

  it.each([
    ['never', 0],
    ['error', 1],
  ])('with --fail-on %s ends with %d on errors', async (severity, code) => {
    expect((await told(['lint', '-f', seeded, '--fail-on', severity])).code).toBe(code);
  });

  it('does not fail on what is not as bad', async () => {
    const server = `{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {namespace: shop, name: web}, spec: {podSelector: {matchLabels: {app: web}}, port: 80}}`;
    const web = `{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web}, spec: {containers: []}}`;
    const stdin = `${server}\n---\n${web}\n`;
    const { code, stdout } = await told(['lint', '-f', '-', '--fail-on', 'error'], { stdin });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('warning  LNK101') });
  });

  it.each([
    ['a file that is not there', ['-f', 'nowhere.yaml'], 'linkerd-mcp: read manifests: nowhere.yaml: ENOENT'],
    ['no file', [], "error: required option '-f, --file <path>' not specified"],
    ['a severity that there is not', ['-f', sound, '--fail-on', 'bad'], 'Allowed choices are error, warning'],
    ['a template', ['-f', '-'], 'linkerd-mcp: read manifests: standard input, document 1:'],
  ])('cannot run on %s, and says so in one line', async (_what, args, line) => {
    const stdin = 'kind: Server\napiVersion: v1\nmetadata: {name: {{ .Values.name }}}\n';
    const { code, stdout, stderr } = await told(['lint', ...args], { stdin });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('has colours only where it may', async () => {
    const escape = '\u001b[';
    expect((await told(['lint', '-f', seeded], { coloured: true })).stdout).toContain(escape);
    expect((await told(['lint', '-f', seeded])).stdout).not.toContain(escape);
  });
});

describe('what the manifests leave open', () => {
  const policy = (ref: string) =>
    `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {namespace: shop, name: a}, spec: {targetRef: {kind: Namespace, name: shop}, requiredAuthenticationRefs: [${ref}]}}`;
  const elsewhere = policy(
    '{group: policy.linkerd.io, kind: MeshTLSAuthentication, namespace: other, name: b}',
  );
  const codes = async (stdin: string, ...args: string[]) => {
    const { stdout } = await told(['lint', '-f', '-', '-o', 'json', ...args], { stdin });
    return (JSON.parse(stdout) as { findings: { code: string }[] }).findings.map(({ code }) => code);
  };

  it('is concluded nothing from, in other namespaces', async () => {
    expect(await codes(elsewhere)).not.toContain('LNK203');
  });

  it('is taken as absent where they are said to be complete', async () => {
    expect(await codes(elsewhere, '--complete')).toContain('LNK203');
  });

  const server = `{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {namespace: shop, name: s}, spec: {podSelector: {matchLabels: {app: web}}, port: 80}}`;
  const namespace = '{apiVersion: v1, kind: Namespace, metadata: {name: shop}}';
  const deployment = (annotations: string) =>
    `{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: shop, name: web}, spec: {template: {metadata: {labels: {app: web}, annotations: ${annotations}}, spec: {containers: [{name: web}]}}}}`;

  it.each([
    ['has no annotation, and its namespace is known', [namespace, deployment('{}')], ['LNK107']],
    ['has no annotation, and its namespace is not among them', [deployment('{}')], []],
    ['is injected', [namespace, deployment('{linkerd.io/inject: enabled}')], []],
    ['is not there at all', [namespace], []],
  ])('a workload that %s', async (_what, documents, expected) => {
    expect(await codes([server, ...documents].join('\n---\n'))).toEqual(expected);
  });
});
