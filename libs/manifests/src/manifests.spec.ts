import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readManifests } from './manifests.js';
import { ManifestsUnreadable } from './manifests-unreadable.js';

let root: string;
let folders = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'manifests-'));
});

afterAll(() => rm(root, { recursive: true }));

/** A folder of its own with these files. */
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(root, String(folders++));
  await mkdir(path);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const serviceAccount = (name: string) => `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ${name}}\n`;

async function namesIn(path: string): Promise<string[]> {
  const { objects } = await readManifests(path);
  return objects.map(({ kind, raw }) => {
    const { namespace, name } = raw['metadata'] as Record<string, string>;
    return `${kind} ${namespace ?? '-'}/${name}`;
  });
}

describe('the manifests of a path', () => {
  it('are the documents of every file below a folder, in the order of names, and of no other file', async () => {
    const path = await folder({
      'b.yaml': `${serviceAccount('b1')}---\n${serviceAccount('b2')}---\n`,
      'a/c.yml': serviceAccount('c'),
      'a/d.json': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'd' } }),
      'README.md': 'not: {yaml',
      '.hidden/x.yaml': 'not: {yaml',
    });
    expect(await namesIn(path)).toEqual([
      'ServiceAccount default/c',
      'Namespace -/d',
      'ServiceAccount default/b1',
      'ServiceAccount default/b2',
    ]);
  });

  it('are one file, whatever its name, where the path is a file', async () => {
    const path = await folder({ dump: serviceAccount('a') });
    expect(await namesIn(join(path, 'dump'))).toEqual(['ServiceAccount default/a']);
  });

  it('are found behind links, as in a mounted ConfigMap, and a circle of links ends', async () => {
    const path = await folder({ '..data/a.yaml': serviceAccount('a') });
    await symlink('..data/a.yaml', join(path, 'a.yaml'));
    await symlink(path, join(path, 'circle'));
    expect(await namesIn(path)).toEqual(['ServiceAccount default/a']);
  });

  it.each([
    [
      'List',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a', namespace: 'shop' } }],
      }),
    ],
    [
      'ServiceAccountList',
      'apiVersion: v1\nkind: ServiceAccountList\nitems:\n- metadata: {name: a, namespace: shop}\n',
    ],
  ])('are the items of a %s, as kubectl prints it', async (_kind, text) => {
    expect(await namesIn(await folder({ 'dump.yaml': text }))).toEqual(['ServiceAccount shop/a']);
  });

  it('get what the API server would give them, the same each time', async () => {
    const path = await folder({ 'a.yaml': serviceAccount('a') + '---\n' + serviceAccount('b') });
    const [first, second] = [await readManifests(path), await readManifests(path)];
    expect(first).toEqual(second);
    const metadata = first.objects.map(({ raw }) => raw['metadata'] as Record<string, string>);
    expect(metadata[0]).toEqual({
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^manifest-[0-9a-f]{32}$/),
      creationTimestamp: '1970-01-01T00:00:00Z',
    });
    expect(metadata[0]?.['uid']).not.toBe(metadata[1]?.['uid']);
  });

  it('keep uid and time where they have them', async () => {
    const text =
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: a, uid: u, creationTimestamp: 2026-01-02T03:04:05Z}';
    const { objects } = await readManifests(await folder({ 'a.yaml': text }));
    expect(objects[0]?.raw['metadata']).toEqual({
      name: 'a',
      uid: 'u',
      creationTimestamp: '2026-01-02T03:04:05Z',
    });
  });

  it('tell of every document that is no object', async () => {
    const path = await folder({
      'values.yaml':
        'replicas: 3\n---\n- a\n---\n{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}\n---\n{apiVersion: v1, kind: List, items: [{metadata: {name: a}}]}',
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []',
      'Chart.yaml': 'apiVersion: v2\nname: shop',
      'daemon.yaml': 'kind: DaemonSet\nmetadata: {name: a}',
    });
    const { objects, notObjects } = await readManifests(path);
    expect(objects).toEqual([]);
    expect([...notObjects].sort()).toEqual([
      'DaemonSet without an apiVersion',
      'Kustomization without a name',
      'Pod without a name',
      'documents of v2 without a kind',
      'documents that are no objects',
      'documents that are no objects',
      'documents that are no objects',
    ]);
  });

  it('may say the same twice', async () => {
    const path = await folder({ 'a.yaml': serviceAccount('a'), 'b.yaml': serviceAccount('a') });
    expect(await namesIn(path)).toEqual(['ServiceAccount default/a']);
  });
});

describe('manifests cannot be read', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((name, index) => {
      const before = 'abcdefgh'[index] ?? '';
      return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`;
    }),
  ].join('\n');

  it.each([
    [
      'bad YAML, naming file and document',
      { 'a.yaml': 'a: 1\n---\nb: [1\n---\n' },
      /a\.yaml, document 2: .*line 4/,
    ],
    ['a key that is said twice', { 'a.yaml': 'a: 1\na: 2' }, /a\.yaml, document 1: Map keys must be unique/],
    ['bad JSON', { 'a.json': '{"a": 1' }, /a\.json, document 1: /],
    ['a document that expands without end', { 'a.yaml': bomb }, /a\.yaml, document 1: Excessive alias count/],
    ['a document that is nested without end', { 'a.yaml': '['.repeat(200_000) }, /a\.yaml/],
    [
      'a template, naming the line',
      { 'a.yaml': serviceAccount('a') + '---\n' + serviceAccount('{{ .Release.Name }}') },
      /a\.yaml, document 2: line 7: a key must be text; is this a template\? render it first/,
    ],
    [
      'a name that is no text',
      { 'a.yaml': serviceAccount('12') },
      /a\.yaml, document 1: metadata\.name must be text; is this a template\? render it first/,
    ],
    [
      'a kind that is no text',
      { 'a.json': '{"apiVersion":"v1","kind":["a"],"metadata":{"name":"a"}}' },
      /a\.json: kind must be text/,
    ],
    [
      'metadata that is no mapping',
      { 'a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: a' },
      /a\.yaml, document 1: metadata must be a mapping/,
    ],
    ['no manifest at all', { 'a.txt': '' }, /no \.yaml, \.yml or \.json file/],
    [
      'two documents that contradict each other, naming both',
      { 'a.yaml': serviceAccount('a'), 'b.yaml': serviceAccount('a') + 'secrets: []' },
      /b\.yaml, document 1: ServiceAccount default\/a is described otherwise in .*a\.yaml, document 1/,
    ],
  ])('for %s', async (_rule, files, message) => {
    const reading = readManifests(await folder(files));
    await expect(reading).rejects.toThrow(ManifestsUnreadable);
    await expect(reading).rejects.toThrow(message);
  });

  it('for a path that does not exist', async () => {
    await expect(readManifests(join(root, 'nowhere'))).rejects.toThrow(/nowhere: ENOENT/);
  });
});
