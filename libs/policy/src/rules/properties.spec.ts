import { expect, it } from '@jest/globals';
import type { ObjectStates, PolicyKind } from '@mcp/mesh';
import fc from 'fast-check';
import { shuffled } from '../../test/random-mesh.js';
import type { Question } from '../../test/random-policy.js';
import { randomQuestion, randomView, withObjectsOf } from '../../test/random-policy.js';
import { evaluateOne } from '../answers/decide.js';
import type { Reasons } from '../answers/explain.js';
import { explain } from '../answers/explain.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { Decision } from '../verdict.js';
import type { MeshView } from '../view.js';

function answer({ view, target, client, request }: Question): Decision & { readonly reasons: Reasons } {
  const index = new PolicyIndex(view);
  const policy = index.portPolicy(target.namespace, target.endpoint, target.port);
  const { decision, served } = evaluateOne(index, target, client, request);
  return { ...decision, reasons: explain(index, policy, served, client) };
}

function withPolicy<K extends PolicyKind>(
  view: MeshView,
  kind: K,
  change: (objects: readonly ObjectStates[K][]) => readonly ObjectStates[K][],
): MeshView {
  const shop = view.namespaces.get('shop')!;
  const changed = { ...shop, policy: { ...shop.policy, [kind]: change(shop.policy[kind]) } };
  return { ...view, namespaces: new Map([...view.namespaces, ['shop', changed]]) };
}

it.each(['AuthorizationPolicy', 'ServerAuthorization'] as const)(
  'one %s more takes nothing from anybody',
  (kind) => {
    fc.assert(
      fc.property(randomQuestion, randomView, (question, other) => {
        const added = other.namespaces
          .get('shop')!
          .policy[kind].map((object) => ({ ...object, name: 'new' }));
        const view = withPolicy(question.view, kind, (objects) => [...objects, ...added.slice(0, 1)]);
        const before = answer(question);
        const after = answer({ ...question, view });
        const kept = before.satisfied.filter(
          (of) => !after.satisfied.some((still) => JSON.stringify(still) === JSON.stringify(of)),
        );
        expect(kept).toEqual([]);
        const may = { allow: ['allow'], audit: ['audit', 'allow'], deny: ['deny', 'allow'] };
        expect(may[before.verdict as keyof typeof may]).toContain(after.verdict);
      }),
      { numRuns: 600 },
    );
  },
);

it('without the objects that are not in use every answer stays', () => {
  fc.assert(
    fc.property(randomQuestion, (question) => {
      const before = answer(question);
      const { ignored, overruled, unusedRoutes } = before.reasons;
      const unused = [...ignored, ...overruled, ...unusedRoutes.map(({ ref }) => ref)] as readonly {
        readonly kind: PolicyKind;
        readonly name: string;
      }[];
      const view = unused.reduce<MeshView>(
        (left, { kind, name }) =>
          withPolicy(left, kind, (objects) => objects.filter((object) => object.name !== name)),
        question.view,
      );
      const reasons = { ...before.reasons, ignored: [], overruled: [], unusedRoutes: [] };
      expect(answer({ ...question, view })).toEqual({ ...before, reasons });
    }),
    { numRuns: 600 },
  );
});

it('the order of the objects changes no answer', () => {
  fc.assert(
    fc.property(randomQuestion, fc.integer({ min: 1, max: 2 ** 31 - 2 }), (question, seed) => {
      let drawn = seed;
      const view = shuffled(question.view, () => (drawn = (drawn * 48_271) % (2 ** 31 - 1)));
      expect(answer({ ...question, view })).toEqual(answer(question));
    }),
    { numRuns: 400 },
  );
});

it('equal objects give equal answers, whichever they are', () => {
  fc.assert(
    fc.property(randomQuestion, (question) => {
      expect(answer({ ...question, view: structuredClone(question.view) })).toEqual(answer(question));
    }),
    { numRuns: 200 },
  );
});

it('what was worked out about a view is never an answer about a changed one', () => {
  const kinds = [
    'Server',
    'ServerAuthorization',
    'AuthorizationPolicy',
    'MeshTLSAuthentication',
    'NetworkAuthentication',
    'HTTPRoute',
    'GatewayHTTPRoute',
    'GRPCRoute',
  ] as const;
  fc.assert(
    fc.property(randomQuestion, randomView, fc.constantFrom(...kinds), (question, other, kind) => {
      answer(question);
      const changed = { ...question, view: withObjectsOf(question.view, kind, other) };
      expect(answer(changed)).toEqual(answer({ ...changed, view: structuredClone(changed.view) }));
    }),
    { numRuns: 400 },
  );
});
