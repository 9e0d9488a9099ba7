import { describe, expect, it } from '@jest/globals';
import type { ObjectStates, PolicyKind, Problem } from '@mcp/mesh';
import fc from 'fast-check';
import type { Question } from '../../test/random-policy.js';
import {
  names,
  randomQuestion,
  randomSettings,
  randomView,
  someAddresses,
  someTls,
  spaces,
  withObjectsOf,
} from '../../test/random-policy.js';
import type { Reach } from '../answers/access.js';
import { evaluateAny } from '../answers/access.js';
import { evaluate } from '../answers/decide.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { Verdict } from '../verdict.js';
import type { MeshSettings, MeshView, NamespaceView } from '../view.js';

const decidingKinds = [
  'Server',
  'ServerAuthorization',
  'AuthorizationPolicy',
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GatewayHTTPRoute',
  'GRPCRoute',
] as const satisfies readonly PolicyKind[];
type Kind = (typeof decidingKinds)[number];

/** An input taken away, and what it may have been. */
interface Blank {
  readonly without: (question: Question) => Question;
  readonly filledIn: readonly ((question: Question) => Question)[];
}

const inView =
  (change: (view: MeshView) => MeshView) =>
  (question: Question): Question => ({ ...question, view: change(question.view) });

/** Enough of them that what could change an answer is likely to be among them. */
const others = fc.array(randomView, { minLength: 4, maxLength: 4 });

const setting: fc.Arbitrary<Blank> = fc
  .record({
    key: fc.constantFrom<Exclude<keyof MeshSettings, 'configured'>[]>(
      'trustDomain',
      'controlPlaneNamespace',
      'defaultPolicy',
      'clusterNetworks',
      'probeNetworks',
    ),
    values: fc.array(randomSettings, { minLength: 6, maxLength: 6 }),
  })
  .map(({ key, values }) => ({
    without: inView((view) => {
      const { [key]: _, ...known } = view.settings;
      return { ...view, settings: known };
    }),
    filledIn: values.map((value) =>
      inView((view) => ({ ...view, settings: { ...view.settings, [key]: value[key] } })),
    ),
  }));

const kindNotLive: fc.Arbitrary<Blank> = fc
  .record({ kind: fc.constantFrom(...decidingKinds), old: randomView, others })
  .map(({ kind, old, others: real }) => ({
    without: inView((view) => ({
      ...withObjectsOf(view, kind, old),
      notLive: new Map([...view.notLive, [kind, 'disconnected']]),
    })),
    filledIn: [
      inView((view) => withObjectsOf(view, kind, old)),
      ...real.map((other) => inView((view) => withObjectsOf(view, kind, other))),
    ],
  }));

/** The object of that name is another, or there is none. */
function withObject(view: MeshView, space: string, kind: Kind, name: string, from?: MeshView): MeshView {
  const home = view.namespaces.get(space);
  if (home === undefined) return view;
  const found = from?.namespaces.get(space)?.policy[kind].filter((object) => object.name === name) ?? [];
  const rest = home.policy[kind].filter((object) => object.name !== name);
  const changed: NamespaceView = { ...home, policy: { ...home.policy, [kind]: [...rest, ...found] } };
  return { ...view, namespaces: new Map([...view.namespaces, [space, changed]]) };
}

const unreadable: fc.Arbitrary<Blank> = fc
  .record({
    kind: fc.constantFrom(...decidingKinds),
    space: fc.constantFrom(...spaces),
    name: fc.constantFrom(...names),
    others,
  })
  .map(({ kind, space, name, others: real }) => ({
    without: inView((view) => {
      const next = withObject(view, space, kind, name);
      const home = next.namespaces.get(space);
      if (home === undefined) return view;
      const problem: Problem = { code: 'FIELD_INVALID', field: 'spec', message: 'no spec' };
      const listed = { key: { kind, namespace: space, name }, problem };
      const changed = { ...home, unreadable: [...home.unreadable, listed] };
      return { ...next, namespaces: new Map([...next.namespaces, [space, changed]]) };
    }),
    filledIn: [
      inView((view) => withObject(view, space, kind, name)),
      ...real.map((other) => inView((view) => withObject(view, space, kind, name, other))),
    ],
  }));

const outOfScope: fc.Arbitrary<Blank> = fc
  .record({ space: fc.constantFrom('bank', 'bank', 'bank', 'shop'), others })
  .map(({ space, others: real }) => ({
    without: inView((view) => ({
      ...view,
      namespaces: new Map([...view.namespaces].filter(([name]) => name !== space)),
      scope: (view.scope === 'all' ? spaces : view.scope).filter((name) => name !== space),
    })),
    filledIn: real.map((other) =>
      inView((view) => ({
        ...view,
        namespaces: new Map([...view.namespaces, [space, other.namespaces.get(space)!]]),
      })),
    ),
  }));

/** A client whose address is not known is not the pod itself. */
const address: fc.Arbitrary<Blank> = fc.constant({
  without: (question) => ({ ...question, client: { ...question.client, address: undefined } }),
  filledIn: someAddresses.map((each) => (question: Question) => ({
    ...question,
    client: { ...question.client, address: each },
  })),
});

const tls: fc.Arbitrary<Blank> = fc.constant({
  without: (question) => ({ ...question, client: { ...question.client, tls: 'unknown' } }),
  filledIn: someTls.map((each) => (question: Question) => ({
    ...question,
    client: { ...question.client, tls: each },
  })),
});

type Routes = 'HTTPRoute' | 'GatewayHTTPRoute' | 'GRPCRoute';

/** One more match in the rules of these routes. */
function withMatch(
  view: MeshView,
  kind: Routes,
  of: readonly string[],
  pattern: string,
  inPath: boolean,
): MeshView {
  const home = view.namespaces.get('shop');
  if (home === undefined) return view;
  const value = { type: 'RegularExpression', value: pattern } as const;
  const match = {
    headers: inPath && kind !== 'GRPCRoute' ? [] : [{ ...value, name: 'x' }],
    queryParams: [],
    ...(inPath && kind !== 'GRPCRoute' && { path: value }),
    ...(inPath && kind === 'GRPCRoute' && { method: { type: 'Exact', service: 'svc' } }),
  };
  const routes = (home.policy[kind] as ObjectStates['HTTPRoute'][]).map((route) => {
    if (!of.includes(route.name)) return route;
    const rules = route.spec.rules.map((rule) => ({ ...rule, matches: [match, ...rule.matches] }));
    return { ...route, spec: { ...route.spec, rules } };
  });
  const changed = { ...home, policy: { ...home.policy, [kind]: routes } } as NamespaceView;
  return { ...view, namespaces: new Map([...view.namespaces, ['shop', changed]]) };
}

/** Linkerd may drop a route that has a pattern which its engine may not take. */
const pattern: fc.Arbitrary<Blank> = fc
  .record({
    kind: fc.constantFrom<Routes[]>('HTTPRoute', 'HTTPRoute', 'GatewayHTTPRoute', 'GRPCRoute'),
    of: fc.subarray(names, { minLength: 1 }),
    inPath: fc.boolean(),
  })
  .map(({ kind, of, inPath }) => {
    const kept = ['.*', '/a.*', '/.', '1', 'never'].map(
      (value) => (view: MeshView) => withMatch(view, kind, of, value, inPath),
    );
    const drops = [[], ...of.map((name) => [name]), of];
    return {
      without: inView((view) => withMatch(view, kind, of, '.*\\pL.*', inPath)),
      filledIn: kept.flatMap((keep) =>
        drops.map((dropped) =>
          inView((view) => dropped.reduce((rest, name) => withObject(rest, 'shop', kind, name), keep(view))),
        ),
      ),
    };
  });

const blanks = { pattern, setting, kindNotLive, unreadable, outOfScope, address, tls };

function answer({ view, target, client, request }: Question): { verdict: Verdict; refusal?: string } {
  const { verdict, refusal } = evaluate(new PolicyIndex(view), target, client, request);
  // a connection is refused for either reason, and which one it is no client can tell
  return { verdict, ...(refusal !== undefined && request.kind === 'http' && { refusal }) };
}

function reach({ view, target, client }: Question): Reach {
  return evaluateAny(new PolicyIndex(view), target, client).reach;
}

/** What else the answer may turn out to be once everything is known. */
const mayBecome: Readonly<Record<Reach, readonly Reach[]>> = {
  all: ['all'],
  some: ['some', 'all'],
  none: ['none'],
  unknown: ['all', 'some', 'none', 'unknown'],
  'not-enforced': ['not-enforced'],
};

describe.each(Object.entries(blanks))('where one input is not known (%s)', (_, blank) => {
  it('a definite verdict is the one that every value of the input gives', () => {
    let definite = 0;
    fc.assert(
      fc.property(randomQuestion, blank, (question, { without, filledIn }) => {
        const known = answer(without(question));
        if (known.verdict !== 'unknown') definite += 1;
        const possible = known.verdict === 'unknown' ? [] : filledIn.map((fill) => answer(fill(question)));
        expect(possible).toEqual(possible.map(() => known));
      }),
      { numRuns: 600 },
    );
    expect(definite).toBeGreaterThan(100);
  });

  it('how much of a port a client may use stays true whatever the input is', () => {
    fc.assert(
      fc.property(randomQuestion, blank, (question, { without, filledIn }) => {
        const may = mayBecome[reach(without(question))];
        const wrong = filledIn.map((fill) => reach(fill(question))).filter((of) => !may.includes(of));
        expect(wrong).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });
});

it('where two inputs are not known, a definite verdict is the one that all values of both give', () => {
  const any = fc.oneof(...Object.values(blanks));
  fc.assert(
    fc.property(randomQuestion, any, any, (question, first, second) => {
      const known = answer(second.without(first.without(question)));
      const possible =
        known.verdict === 'unknown'
          ? []
          : first.filledIn.flatMap((one) => second.filledIn.map((other) => answer(other(one(question)))));
      expect(possible).toEqual(possible.map(() => known));
    }),
    { numRuns: 300 },
  );
});

it('where everything is known, so is the verdict, and what is missing is named exactly where it is not', () => {
  const any = fc.oneof(...Object.values(blanks));
  fc.assert(
    fc.property(randomQuestion, any, (question, { without }) => {
      expect(answer(question).verdict).not.toBe('unknown');
      const { view, target, client, request } = without(question);
      const { verdict, unknown } = evaluate(new PolicyIndex(view), target, client, request);
      expect(verdict === 'unknown').toBe(unknown.length > 0);
    }),
    { numRuns: 400 },
  );
});
