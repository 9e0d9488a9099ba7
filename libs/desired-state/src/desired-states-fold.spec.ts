import { describe, expect, it } from '@jest/globals';
import { Baseline, type AnyRecordedEvent } from '@mcp/events';
import fc from 'fast-check';
import { changeView, type ChangeView, type DesiredStates } from './desired-states.js';
import { desiredStatesFold } from './desired-states-fold.js';
import {
  applied,
  asked,
  gone,
  namespaceSeen,
  outcome,
  recorded,
  seen,
  specTo,
  statesAfter,
  step,
  webKey,
  type Step,
} from '../test/story.js';

const fold = desiredStatesFold({ most: 1, forMs: 10_000 });

/** A history of one object: any of these, in any order, also such as no reconciler would write. */
function stories(name: string): fc.Arbitrary<Step[]> {
  const key = { ...webKey, name };
  const spec = fc.constantFrom('a', 'b').map(specTo);
  const revision = fc.integer({ min: 1, max: 6 });
  const id = (n: number): string => `${name}-${n}`;
  const about = (n: number): fc.Arbitrary<Step> =>
    fc.constantFrom(
      outcome(id(n), 'DryRunPassed', { revision: n }),
      outcome(id(n), 'ApplyStarted', { revision: n, plan: 'create' }),
      applied(id(n), n, String(n)),
      applied(id(n), n, String(n), false),
      outcome(id(n), 'ChangeRejected', { revision: n, status: 403, message: 'no' }),
      outcome(id(n), 'ChangeSuperseded', { revision: n, by: id(n + 1) }),
      outcome(id(n), 'ApplyDeferred', { revision: n, code: 'TARGET_UNAVAILABLE', message: 'later' }),
    );
  const other = fc.oneof(
    revision.chain(about),
    fc.tuple(spec, revision).map(([s, n]) => seen(s, { by: [id(n), n], rv: String(n), key })),
    spec.map((s) => seen(s, { rv: 'x', key })),
    fc.constant(gone('u1', key)),
  );
  const requests = fc
    .array(spec, { maxLength: 6 })
    .map((specs) => specs.map((s, index) => asked(id(index + 1), index + 1, s, key)));
  // Requests keep their order; everything else falls anywhere between them.
  return fc
    .tuple(requests, fc.array(fc.tuple(fc.nat(6), other), { maxLength: 25 }))
    .map(([groups, others]) =>
      Array.from({ length: 7 }, (_, slot) => [
        ...(groups[slot] ?? []),
        ...others.filter(([at]) => at === slot).map(([, step]) => step),
      ]).flat(),
    );
}

const listOf = step('source-state/Namespace', 'SourceStateChanged', {
  kind: 'Namespace',
  phase: 'live',
  reason: '',
});
const source = step('source', 'SourceIdentified', { source: 'kubernetes', id: 'uid-of-kube-system' });
const scope = step('scope', 'ScopeDeclared', { namespaces: ['shop'] });

function restored(chunks: Iterable<Uint8Array>): DesiredStates {
  return [...chunks].reduce((states, chunk) => fold.restore(states, chunk), fold.initial());
}

function views(states: DesiredStates): (ChangeView | undefined)[] {
  return [...states.changes.keys()].sort().map((id) => changeView(states, id));
}

describe('the fold of desired states', () => {
  it('gives the same from a snapshot and its tail as from zero, wherever the snapshot is taken', () => {
    fc.assert(
      fc.property(stories('web'), fc.nat(40), (story, cut) => {
        const events = recorded([source, namespaceSeen('shop'), listOf, scope, ...story]);
        const run = (from: DesiredStates, some: typeof events): DesiredStates =>
          some.reduce((states, event) => fold.evolve(states, event), from);
        const copy = restored(fold.encode(run(fold.initial(), events.slice(0, cut))));
        expect(run(copy, events.slice(cut))).toEqual(run(fold.initial(), events));
      }),
    );
  });

  it('takes what a trimmed log gives for the same as what the whole log gave, though it remembers less', () => {
    const rejected = (id: string, revision: number): Step =>
      outcome(id, 'ChangeRejected', { revision, status: 422, message: 'no' });
    const steps = [1, 2, 3, 4].flatMap((revision) => {
      const id = `c${revision}`;
      return [...asked(id, revision, specTo(id)), rejected(id, revision)];
    });
    const events = recorded([source, namespaceSeen('shop'), scope, ...steps, seen(specTo('c4'))]);
    const baseline = new Baseline();
    for (const event of events) baseline.evolve(event);
    const of = (some: readonly AnyRecordedEvent[]): DesiredStates =>
      some.reduce((states, event) => fold.evolve(states, event), fold.initial());
    const [whole, trimmed] = [of(events), of(baseline.events())];
    expect([whole.forgottenChanges, trimmed.forgottenChanges, fold.same(whole, trimmed)]).toEqual([
      2,
      3,
      true,
    ]);
  });

  it('ends an older change without an outcome by the newer one, in a trimmed log too', () => {
    const steps = [...asked('c1', 1, specTo('a')), ...asked('c2', 2, specTo('b')), applied('c2', 2, '7')];
    const events = recorded([source, namespaceSeen('shop'), scope, ...steps]);
    const baseline = new Baseline();
    for (const event of events) baseline.evolve(event);
    const phaseIn = (some: readonly AnyRecordedEvent[]): unknown =>
      changeView(
        some.reduce((state, event) => fold.evolve(state, event), fold.initial()),
        'c1',
      )?.phase;
    expect([phaseIn(events), phaseIn(baseline.events())]).toEqual(['superseded', 'superseded']);
  });

  it('ends a deletion of what was not there by the end that was seen last, in a trimmed log too', () => {
    const live = step('source-state/AuthorizationPolicy', 'SourceStateChanged', {
      ...{ kind: 'AuthorizationPolicy', phase: 'live', reason: '' },
    });
    const notThere = outcome('c1', 'ChangeApplied', { revision: 1, modified: false });
    const steps = [seen(specTo('a')), ...asked('c1', 1), notThere, live, gone()];
    const events = recorded([source, namespaceSeen('shop'), scope, ...steps]);
    const baseline = new Baseline();
    for (const event of events) baseline.evolve(event);
    const lastOf = (some: readonly AnyRecordedEvent[]): unknown =>
      changeView(
        some.reduce((state, event) => fold.evolve(state, event), fold.initial()),
        'c1',
      )?.history.at(-1);
    expect(lastOf(events)).toMatchObject({ phase: 'converged', eventType: 'AuthorizationPolicyDeleted' });
    expect(lastOf(baseline.events())).toEqual(lastOf(events));
  });

  it.each<[string, readonly Step[]]>([
    ['what was asked for', asked('c2', 2, specTo('b'))],
    ['what became of a change', [applied('c1', 1, '7')]],
    ['what was observed', [seen(specTo('b'), { rv: '9' })]],
    ['which namespaces there are', [namespaceSeen('bank')]],
    ['how well a kind is followed', [listOf]],
    ['what is looked at', [step('scope', 'ScopeDeclared', { namespaces: 'all' })]],
  ])('takes states that differ in %s for different', (_, more) => {
    const before = [source, scope, ...asked('c1', 1, specTo('a')), seen(specTo('a'))];
    expect(fold.same(statesAfter(before), statesAfter([...before, ...more]))).toBe(false);
  });

  it('keeps a snapshot as it was while the state goes on', () => {
    const states = statesAfter(asked('c1', 1, specTo('a')));
    const chunks = fold.encode(states);
    const before = restored(chunks);
    for (const event of recorded([...asked('c1', 1, specTo('a')), applied('c1', 1, '1')]))
      fold.evolve(states, event);
    expect(restored(chunks)).toEqual(before);
    expect(states).not.toEqual(before);
  });

  it('splits a large state into several chunks and puts it together again', () => {
    const steps = Array.from({ length: 700 }, (_, n) =>
      seen(specTo('a'), { key: { ...webKey, name: `policy-${n}` } }),
    );
    const states = statesAfter(steps);
    const chunks = [...fold.encode(states)];
    expect(chunks.length).toBe(2);
    expect(restored(chunks)).toEqual(states);
  });

  it('takes an event that it is given twice as one', () => {
    fc.assert(
      fc.property(stories('web'), (story) => {
        const once = recorded(story);
        const run = (events: typeof once): DesiredStates =>
          events.reduce((states, event) => fold.evolve(states, event), fold.initial());
        expect(run(once.flatMap((event) => [event, event]))).toEqual(run(once));
      }),
    );
  });

  it('is not moved by an outcome that is recorded twice, but for the version of the change', () => {
    const isOutcome = ({ subject, type }: Step): boolean =>
      subject.startsWith('change/') && type !== 'ChangeRequested';
    fc.assert(
      fc.property(stories('web'), (story) => {
        const twice = story.flatMap((step) => (isOutcome(step) ? [step, step] : [step]));
        const told = (steps: Step[]): unknown =>
          views(statesAfter(steps)).map((view) => ({
            ...view,
            version: 0,
            history: view?.history.map(({ phase, eventType }) => [phase, eventType]),
          }));
        expect(told(twice)).toEqual(told(story));
      }),
    );
  });

  it('tells of each object the same, however the events of different objects are interleaved', () => {
    fc.assert(
      fc.property(stories('web'), stories('api'), fc.array(fc.boolean()), (web, api, turns) => {
        const mixed = interleave(web, api, turns);
        const told = (steps: Step[], name: string): unknown =>
          views(statesAfter(steps))
            .filter((view) => view?.key.name === name)
            .map((view) => [view?.id, view?.problem, view?.drift, view?.history.map(({ phase }) => phase)]);
        expect([told(mixed, 'web'), told(mixed, 'api')]).toEqual([told(web, 'web'), told(api, 'api')]);
      }),
    );
  });

  it('never moves a change on after it has ended, and keeps its proofs in the order of the log', () => {
    fc.assert(
      fc.property(stories('web'), (story) => {
        const endings = ['converged', 'refused', 'rejected', 'conflicted', 'superseded'];
        const histories = views(statesAfter(story)).map((view) => view?.history ?? []);
        const places = histories.map((history) => history.map(({ position }) => position.sequence));
        const afterTheEnd = histories.filter((history) =>
          history.slice(0, -1).some(({ phase }) => endings.includes(phase)),
        );
        expect([afterTheEnd, places]).toEqual([[], places.map((each) => [...each].sort((a, b) => a - b))]);
      }),
    );
  });
});

function interleave(a: readonly Step[], b: readonly Step[], turns: readonly boolean[]): Step[] {
  const [left, right, mixed] = [[...a], [...b], [] as Step[]];
  for (const turn of turns) {
    const next = (turn ? left : right).shift();
    if (next !== undefined) mixed.push(next);
  }
  return [...mixed, ...left, ...right];
}
