import { describe, expect, it } from '@jest/globals';
import { keyOfObject, resourceKinds } from '@mcp/mesh';
import type { ReadableObject } from '@mcp/sources';
import fc from 'fast-check';
import { observe } from './observe.js';
import { rawIdentity, rawObject } from '../test/raw-object.js';
import { watchedKinds } from './watched-kinds.js';

const rows = watchedKinds({});
const row = (objectKind: string, group = 'policy.linkerd.io') =>
  rows.find((candidate) => candidate.objectKind === objectKind && candidate.group === group)!;

/** Documents whose fields have the names we look for and the types we do not expect. */
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, 0, -1, 1.5, '', 'Server', '10.0.0.0/8', '2026-01-02T03:04:05Z'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...namesWeRead()), tie('value'), { maxKeys: 8 }),
  ),
})).value;

function namesWeRead(): string[] {
  return (
    'metadata spec status name namespace uid creationTimestamp labels annotations managedFields manager operation ' +
    'fieldsV1 f:spec ownerReferences kind group port ports podSelector matchLabels matchExpressions key operator ' +
    'values server client networks cidr except targetRef requiredAuthenticationRefs identities identityRefs ' +
    'parentRefs rules matches path headers filters type backendRefs containers initContainers args conditions ' +
    'parents parentRef template selector httpGet livenessProbe __proto__ constructor'
  ).split(' ');
}

describe('the table of watched kinds', () => {
  it('covers every kind of the mesh', () => {
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(new Set(resourceKinds));
  });

  it.each(rows)('$group/$plural as $kind reads any document without throwing', (watched) => {
    const reads = fc.property(document, (raw) => {
      const parsed = watched.parse(raw);
      return 'problem' in parsed || parsed.value.kind === watched.kind;
    });
    expect(fc.check(reads, { numRuns: 300 })).toMatchObject({ failed: false });
  });

  it.each(rows)('$group/$plural as $kind has a problem with what is no object', (watched) => {
    for (const raw of [undefined, null, 'text', 7, []]) {
      expect(watched.parse(raw)).toHaveProperty('problem');
    }
  });
});

describe('an observation', () => {
  it('is the state of the object, with its key and version', () => {
    expect(observe(row('ServiceAccount', ''), rawObject({}))).toEqual({
      kind: 'ServiceAccount',
      key: { kind: 'ServiceAccount', namespace: 'shop', name: 'web' },
      resourceVersion: '7',
      state: rawIdentity,
    });
  });

  it('happened when the object was last written, where its managed fields tell', () => {
    const managedFields = ['2026-01-02T03:04:05Z', '2026-01-02T03:04:07Z', '2026-01-02T03:04:06Z'].map(
      (time) => ({ manager: 'a', operation: 'Update', time, fieldsV1: {} }),
    );
    expect(observe(row('ServiceAccount', ''), rawObject({ metadata: { managedFields } }))).toMatchObject({
      occurredAt: Date.UTC(2026, 0, 2, 3, 4, 7),
    });
  });

  it('of a pod has the shape beside the state', () => {
    const raw = rawObject({ spec: { containers: [] } });
    expect(observe(row('Pod', ''), raw)).toMatchObject({
      kind: 'Pod',
      state: { shape: '' },
      podShape: { serviceAccount: 'default' },
    });
  });

  it('of an object that cannot be read is its problem', () => {
    expect(observe(row('Server'), rawObject({ spec: { podSelector: {} } }))).toEqual({
      kind: 'Server',
      key: { kind: 'Server', namespace: 'shop', name: 'web' },
      resourceVersion: '7',
      uid: 'uid-1',
      createdAt: rawIdentity.createdAt,
      problem: { code: 'MISSING', field: 'spec.port', message: 'spec.port is required' },
    });
  });

  it('of a controller has its kind in the key, as another kind may have the same name', () => {
    const { kind, key, state } = observe(row('Deployment', 'apps'), rawObject({})) as ReadableObject;
    expect(key).toEqual({ kind: 'Controller', namespace: 'shop', name: 'Deployment.web' });
    expect(key).toEqual(keyOfObject(kind, state));
    expect(state).toMatchObject({ kind: 'Deployment', name: 'web' });
  });

  it('of a namespace has no namespace in its key', () => {
    const raw = rawObject({ metadata: { namespace: undefined, name: 'shop' } });
    expect(observe(row('Namespace', ''), raw).key).toEqual({
      kind: 'Namespace',
      namespace: '',
      name: 'shop',
    });
  });
});
