import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyMesh } from '../../test/any-state.js';
import { lintCases } from '../../test/lint-cases/index.js';
import { authorizationPolicy, ref, viewOf } from '../../test/mesh-view.js';
import { shuffled } from '../../test/random-mesh.js';
import { PolicyIndex } from '../ports/policy-index.js';
import { finding } from './finding.js';
import { lint } from './lint.js';
import { lintRules } from './lint-rules.js';

describe('lint', () => {
  it.each(lintCases)('$rule', ({ view, findings }) => {
    expect([...lint(new PolicyIndex(view))]).toEqual(findings);
  });

  it('has for each code a case that shows it, and one that shows its absence', () => {
    const shown = new Set(lintCases.flatMap(({ findings }) => findings.map(({ code }) => code)));
    const absent = new Set(lintCases.flatMap(({ without = [] }) => without));
    const codes = Object.keys(lintRules);
    expect([...shown].sort()).toEqual(codes);
    expect([...absent].sort()).toEqual(codes);
  });
});

describe('lint of any mesh', () => {
  it('ends without an error, and finds the same whatever the order of the objects', () => {
    fc.assert(
      fc.property(anyMesh, fc.infiniteStream(fc.nat()), (view, order) => {
        const findings = [...lint(new PolicyIndex(view))];
        const again = shuffled(view, () => Number(order.next().value));
        expect([...lint(new PolicyIndex(again))]).toEqual(findings);
      }),
      { numRuns: 100 },
    );
  });

  it('finds something of every family in it', () => {
    const found = new Set<string>();
    for (const view of fc.sample(anyMesh, { numRuns: 150, seed: 1 }))
      for (const { code } of lint(new PolicyIndex(view))) found.add(code.slice(0, 4));
    expect([...found].sort()).toEqual(['LNK1', 'LNK2', 'LNK3', 'LNK4', 'LNK5', 'LNK6', 'LNK7', 'LNK8']);
  });
});

describe('lint of some namespaces', () => {
  const dangling = (space: string) => ({
    AuthorizationPolicy: [
      authorizationPolicy(space, 'p', ref('Server', 'gone'), [ref('ServiceAccount', 'default')]),
    ],
  });
  const index = new PolicyIndex(viewOf({ shop: dangling('shop'), bank: dangling('bank') }));
  const of = (space: string) =>
    finding(
      'LNK201',
      { kind: 'object', key: { kind: 'AuthorizationPolicy', namespace: space, name: 'p' } },
      'spec.targetRef.name',
      `there is no Server gone in namespace ${space}`,
    );

  it('looks at all of them in the order of their names', () => {
    expect([...lint(index)]).toEqual([of('bank'), of('shop')]);
  });

  it('looks at those that are asked for and known', () => {
    expect([...lint(index, ['shop', 'gone'])]).toEqual([of('shop')]);
  });
});
