import { describe, expect, it } from '@jest/globals';
import { changeSubject, desiredSubject, driftModeSubject, type Actor } from '@mcp/events';
import { ada, applied, gone, outcome, seen, specTo, step, webKey, type Step } from '../test/story.js';
import { live, Told } from '../test/told.js';
import { decideDriftMode, enforcedObjects, enforcementOf, stopEnforcement } from './drift-modes.js';

const itself: Actor = { name: 'mcp-api', provenBy: 'component' };
const minuteMs = 60_000;

/** A change, applied and seen; every event is a second after the one before. */
function change(id: string, revision: number, spec: string, correction = false): Step[] {
  const desired = { changeId: id, key: webKey, spec: specTo(spec) };
  const corrects = correction && { correction: { forceFrom: ['kubectl-edit'] } };
  return [
    step(changeSubject(id), 'ChangeRequested', { ...desired, revision, ...corrects }),
    step(desiredSubject(webKey), 'DesiredStateSet', desired),
    applied(id, revision, id),
    seen(specTo(spec), { rv: id, by: [id, revision] }),
  ];
}

const edited = seen(specTo('edited'), { rv: '99' });
const made = new Told([live, ...change('c1', 1, 'a')]);
const command = { key: webKey, mode: 'enforce', forceFrom: ['kubectl-edit'], actor: ada, at: 5_000 } as const;

function enforced(told: Told): Told {
  const write = decideDriftMode(command, told.states);
  if (write === undefined) throw new Error('nobody asked for it');
  return told.and(step(write.subject, write.event.type, write.event.data));
}

function next({ states }: Told, now = 30_000) {
  return enforcementOf(enforcedObjects(states)[0]!, states, now);
}

describe('the mode of an object', () => {
  it('is set at the version that was decided on, of an object that somebody asked for', () => {
    expect(decideDriftMode(command, new Told().states)).toBeUndefined();
    expect(decideDriftMode({ ...command, reason: 'agreed' }, made.states)).toMatchObject({
      subject: driftModeSubject(webKey),
      expectedVersion: 0,
      event: { type: 'DriftModeSet', actor: ada, reason: 'agreed' },
    });
    expect(decideDriftMode(command, enforced(made).states)).toMatchObject({ expectedVersion: 1 });
    expect(enforcedObjects(made.states)).toEqual([]);
  });

  it('is to report, and says why, after enforcement was stopped', () => {
    const told = enforced(made);
    const write = stopEnforcement(
      { key: webKey, code: 'FOUGHT', message: 'three' },
      { actor: itself, at: 1 },
      told.states,
    );
    const stopped = told.and(step(write.subject, write.event.type, write.event.data));
    expect(enforcedObjects(stopped.states)).toEqual([]);
    expect([...stopped.states.driftModes.values()]).toMatchObject([
      { mode: 'report', stopped: { code: 'FOUGHT', message: 'three' }, version: 2 },
    ]);
    expect(enforcedObjects(enforced(stopped).states)).toMatchObject([
      { mode: 'enforce', actor: { name: 'reconciler' } },
    ]);
  });
});

describe('an object that is enforced', () => {
  it('is left alone while it is as desired, and while a change of it is under way', () => {
    expect(next(enforced(made))).toEqual({ do: 'nothing' });
    const underWay = enforced(made).and(edited, ...change('c2', 2, 'b').slice(0, 2));
    expect(next(underWay)).toEqual({ do: 'nothing' });
  });

  it.each([
    ['changed', edited],
    ['deleted', gone()],
  ])('is corrected where it was %s', (_what, event) => {
    expect(next(enforced(made).and(event))).toEqual({ do: 'correct', revision: 1 });
  });

  it('is not corrected before it was ever as desired', () => {
    const never = new Told([live, ...change('c1', 1, 'a').slice(0, 3), edited]);
    expect(next(enforced(never))).toEqual({ do: 'nothing' });
  });

  const fought = [2, 3, 4].reduce(
    (told, revision) => told.and(...change(`c${revision}`, revision, 'a', true), edited),
    enforced(made).and(edited),
  );

  it('is given up after three corrections in ten minutes that were overwritten, and not after that time', () => {
    expect(next(fought)).toMatchObject({ do: 'stop', code: 'FOUGHT' });
    expect(next(fought, 30_000 + 10 * minuteMs)).toEqual({ do: 'correct', revision: 4 });
    const own = enforced(made).and(...[2, 3, 4].flatMap((n) => [...change(`c${n}`, n, 'a'), edited]));
    expect(next(own)).toEqual({ do: 'correct', revision: 4 });
  });

  it('is corrected again where the correction was overwritten before anyone saw it', () => {
    const [asks, desires, applies] = change('c2', 2, 'a', true);
    const told = enforced(made).and(edited, asks!, desires!, applies!);
    expect(next(told)).toEqual({ do: 'nothing' });
    const overwritten = seen(specTo('edited'), { rv: '99', by: ['c2', 2] });
    expect(next(told.and(overwritten))).toEqual({ do: 'correct', revision: 2 });
  });

  const conflicted = enforced(made).and(
    edited,
    ...change('c2', 2, 'a', true).slice(0, 2),
    outcome('c2', 'ChangeConflicted', {
      revision: 2,
      conflicts: [{ manager: 'helm', field: 'spec.port' }],
    }),
  );

  it('is given up where its correction could not be applied', () => {
    expect(next(conflicted)).toEqual({
      do: 'stop',
      code: 'CONFLICTED',
      message: 'its change c2 ended: these fields belong to others: spec.port to helm',
    });
  });

  it('is given up where the newest that was asked for could not be applied, so that nothing is enforced', () => {
    const told = enforced(made).and(
      ...change('c2', 2, 'b').slice(0, 2),
      outcome('c2', 'ChangeRefused', { revision: 2, code: 'WITHDRAWN', message: 'ada withdrew it' }),
    );
    const stop = { do: 'stop', code: 'WITHDRAWN', message: 'its change c2 ended: ada withdrew it' };
    expect(next(told)).toEqual(stop);
    expect(next(enforced(told))).toEqual(stop);
  });

  it('is corrected where it was as desired since the newest that was asked for could not be applied', () => {
    const told = enforced(made).and(
      ...change('c2', 2, 'b').slice(0, 2),
      outcome('c2', 'ChangeConflicted', {
        revision: 2,
        conflicts: [{ manager: 'helm', field: 'spec.port' }],
      }),
      seen(specTo('b'), { rv: '98' }),
      seen(specTo('edited'), { rv: '99' }),
    );
    expect(next(told)).toEqual({ do: 'correct', revision: 2 });
  });

  it('is corrected again when the mode was set again since', () => {
    expect(next(enforced(conflicted))).toEqual({ do: 'correct', revision: 2 });
    expect(next(enforced(fought))).toEqual({ do: 'correct', revision: 4 });
  });
});
