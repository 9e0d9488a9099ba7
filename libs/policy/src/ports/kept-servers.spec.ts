import { describe, expect, it } from '@jest/globals';
import type { PolicyKind, Problem } from '@mcp/mesh';
import fc from 'fast-check';
import { get, web } from '../../test/answers.js';
import {
  authorizationPolicy,
  endpoint,
  meshTLSAuthentication,
  ref,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';
import type { Question } from '../../test/random-policy.js';
import { names, randomQuestion, randomSettings, randomView, spaces } from '../../test/random-policy.js';
import { evaluateAny } from '../answers/access.js';
import { evaluate } from '../answers/decide.js';
import { PolicyIndex } from './policy-index.js';
import type { MeshView, NamespaceView } from '../view.js';

const kinds = [
  'Server',
  'ServerAuthorization',
  'AuthorizationPolicy',
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GatewayHTTPRoute',
  'GRPCRoute',
] as const satisfies readonly PolicyKind[];

type Change = (view: MeshView) => MeshView;

/** All else stays the same objects. */
function withNamespace(
  view: MeshView,
  name: string,
  change: (namespace: NamespaceView) => NamespaceView,
): MeshView {
  const namespace = view.namespaces.get(name);
  return namespace === undefined
    ? view
    : { ...view, namespaces: new Map([...view.namespaces, [name, change(namespace)]]) };
}

const space = fc.constantFrom(...spaces);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom(...kinds), space, other: randomView }).map(
      ({ kind, space: at, other }): Change =>
        (view) =>
          withNamespace(view, at, (namespace) => ({
            ...namespace,
            policy: { ...namespace.policy, [kind]: other.namespaces.get(at)?.policy[kind] ?? [] },
          })),
    ),
  },
  randomSettings.map((settings): Change => (view) => ({ ...view, settings })),
  fc.constantFrom(...kinds).map((kind): Change => (view) => ({
    ...view,
    notLive: view.notLive.has(kind) ? new Map() : new Map([...view.notLive, [kind, 'disconnected']]),
  })),
  fc.record({ kind: fc.constantFrom(...kinds), space, name: fc.constantFrom(...names) }).map(
    ({ kind, space: at, name }): Change =>
      (view) =>
        withNamespace(view, at, (namespace) => {
          const problem: Problem = { code: 'FIELD_INVALID', field: 'spec', message: 'no spec' };
          const listed = { key: { kind, namespace: at, name }, problem };
          return { ...namespace, unreadable: namespace.unreadable.length > 0 ? [] : [listed] };
        }),
  ),
  fc
    .constantFrom<MeshView['scope'][]>('all', ['shop'], spaces)
    .map((scope): Change => (view) => ({ ...view, scope })),
  space.map((name): Change => (view) => ({
    ...view,
    namespaces: new Map([...view.namespaces].filter(([at]) => at !== name || name === 'shop')),
  })),
);

function answers(index: PolicyIndex, { target, client, request }: Question): unknown {
  const { reach, parts } = evaluateAny(index, target, client);
  return [
    evaluate(index, target, client, request),
    reach,
    parts.map(({ what, decision, example, mayBeEmpty }) => ({ what, decision, example, mayBeEmpty })),
  ];
}

describe('what was compiled for one view', () => {
  it('serves another only where it is the same: the answers are those of a view that shares nothing', () => {
    fc.assert(
      fc.property(randomQuestion, fc.array(change, { minLength: 1, maxLength: 3 }), (question, changes) => {
        const views = changes.reduce<readonly MeshView[]>(
          (all, next) => [...all, next(all.at(-1)!)],
          [question.view],
        );
        const indexes = views.map((view) => new PolicyIndex(view));
        // an index made before may be asked after a later one
        const asked = [...indexes, ...views.map((view) => new PolicyIndex(view)).reverse()];
        const expected = views.map((view) => answers(new PolicyIndex(structuredClone(view)), question));
        expect(asked.map((index) => answers(index, question))).toEqual([
          ...expected,
          ...expected.toReversed(),
        ]);
      }),
      { numRuns: 500 },
    );
  });

  const shop = {
    Server: [serverOf('shop', 'web')],
    AuthorizationPolicy: [
      authorizationPolicy('shop', 'p', ref('Server', 'web'), [
        ref('MeshTLSAuthentication', 'm', { namespace: 'bank' }),
      ]),
    ],
  };
  const view = viewOf({
    shop,
    bank: { MeshTLSAuthentication: [meshTLSAuthentication('bank', 'm', { identities: ['*'] })] },
    mint: {},
  });
  const authorizationsIn = (of: MeshView) =>
    new PolicyIndex(of).portPolicy('shop', endpoint(), 80).authorizations;
  const moved = (name: string) => withNamespace(view, name, (namespace) => ({ ...namespace, workloads: [] }));

  it.each(spaces)('serves the next, whatever happens to the pods of %s', (name) => {
    expect(authorizationsIn(moved(name))).toBe(authorizationsIn(view));
  });

  it('serves the next, whatever happens in a namespace that nothing refers to', () => {
    const changed = withNamespace(view, 'mint', (namespace) => ({
      ...namespace,
      policy: { ...namespace.policy, MeshTLSAuthentication: [meshTLSAuthentication('mint', 'm', {})] },
    }));
    expect(authorizationsIn(changed)).toBe(authorizationsIn(view));
  });

  const verdictIn = (of: MeshView) =>
    evaluate(new PolicyIndex(of), { namespace: 'shop', endpoint: endpoint(), port: 80 }, web, get()).verdict;

  it.each<[string, Change, string]>([
    [
      'changes',
      (of) =>
        withNamespace(of, 'bank', (namespace) => ({
          ...namespace,
          policy: {
            ...namespace.policy,
            MeshTLSAuthentication: [meshTLSAuthentication('bank', 'm', { identities: ['another'] })],
          },
        })),
      'deny',
    ],
    [
      'cannot be read',
      (of) =>
        withNamespace(of, 'bank', (namespace) => ({
          ...namespace,
          unreadable: [
            {
              key: { kind: 'MeshTLSAuthentication', namespace: 'bank', name: 'm' },
              problem: { code: 'FIELD_INVALID', field: 'spec', message: 'no spec' },
            },
          ],
        })),
      'unknown',
    ],
    ['is not looked at', (of) => ({ ...of, scope: ['shop'] }), 'unknown'],
    ['is not live', (of) => ({ ...of, notLive: new Map([['MeshTLSAuthentication', 'lost']]) }), 'unknown'],
  ])('does not serve where an authentication of another namespace %s', (_, to, verdict) => {
    expect([verdictIn(view), verdictIn(to(view)), verdictIn(view)]).toEqual(['allow', verdict, 'allow']);
  });
});
