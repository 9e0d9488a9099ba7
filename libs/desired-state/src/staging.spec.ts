import { describe, expect, it } from '@jest/globals';
import { ada, outcome, seen, specTo, step, webKey } from '../test/story.js';
import { live, Told } from '../test/told.js';
import type { Staging } from '@mcp/events';
import { changeSetView } from './change-set-view.js';
import { decideUndo } from './undo.js';
import { decideWithdraw } from './withdraw.js';
import { endOfStaging, setsUnderWay, stagingOf, type StagingView } from './staging.js';

const apiKey = { ...webKey, name: 'api' };
const minuteMs = 60_000;
const audit: Staging = {
  audit: { forMs: 5 * minuteMs, then: [], impacts: [] },
  undoOnDenialsForMs: minuteMs,
};
const watch: Staging = { undoOnDenialsForMs: minuteMs };
const both = [
  { key: webKey, spec: specTo('a') },
  { key: apiKey, spec: specTo('audited') },
];
const audited = new Told([live]).changes('s1', both, { staging: audit });
const enforced = audited.changes('s2', [{ key: apiKey, spec: specTo('enforced') }], {
  enforces: 's1',
  staging: watch,
});

function stagingIn({ states }: Told, id: string, seenSince: number | 'unseen' = 0): StagingView | undefined {
  return stagingOf(states, states.sets.get(id)!, seenSince === 'unseen' ? undefined : seenSince);
}

/** Milliseconds at which the change was recorded as applied. */
function appliedAt({ states }: Told, id: string): number {
  return states.changes.get(id)!.history.find(({ phase }) => phase === 'applied')!.recordedAt;
}

describe('a change that goes on by itself', () => {
  it('audits from when all of it was applied, and from when traffic is seen', () => {
    const since = appliedAt(audited, 's1-2');
    expect(stagingIn(audited, 's1')).toEqual({ state: 'auditing', since, until: since + 5 * minuteMs });
    const later = since + 1_000;
    expect(stagingIn(audited, 's1', later)).toMatchObject({ since: later, until: later + 5 * minuteMs });
    expect(stagingIn(audited, 's1', 'unseen')).toMatchObject({ until: Infinity });
    const asked = new Told([live]).asks('s1', both, { staging: audit });
    expect(stagingIn(asked, 's1')).toEqual({ state: 'applying' });
  });

  it('is enforced by the set that ends its audit, which is watched', () => {
    expect(stagingIn(enforced, 's1')).toEqual({ state: 'enforced', by: 's2' });
    const since = appliedAt(enforced, 's2-1');
    expect(stagingIn(enforced, 's2')).toEqual({ state: 'watched', since, until: since + minuteMs });
    expect(setsUnderWay(enforced.states).map(({ id }) => id)).toEqual(['s2']);
  });

  it('is over when that is recorded, at the version that was decided on', () => {
    const end = { outcome: 'passed', code: '', message: 'nobody was denied' } as const;
    const set = enforced.states.sets.get('s2')!;
    const write = endOfStaging(set, end, { actor: { name: 'mcp-api', provenBy: 'component' }, at: 9_000 });
    expect(write).toMatchObject({ subject: 'change-set/s2', expectedVersion: 1 });
    const passed = enforced.and(step(write.subject, 'StagingEnded', write.event.data));
    expect(stagingIn(passed, 's2')).toEqual({ state: 'passed' });
    expect(setsUnderWay(passed.states)).toEqual([]);
    expect(passed.states.sets.get('s2')).toMatchObject({ version: 2 });
  });

  it('is withdrawn: what it had come to stays, and nothing follows', () => {
    const decision = decideWithdraw(
      { changeId: 's1', actor: ada, reason: 'not now', at: 9_000 },
      audited.states,
    );
    if (decision.decision !== 'withdrawn') throw new Error(JSON.stringify(decision));
    const [write] = decision.writes;
    expect([decision.what, write?.event.actor, write?.event.reason]).toEqual(['staging', ada, 'not now']);
    const withdrawn = audited.and(step(write!.subject, write!.event.type, write!.event.data));
    expect(stagingIn(withdrawn, 's1')).toMatchObject({ state: 'stopped', code: 'WITHDRAWN' });
    const again = { changeId: 's1', actor: ada, at: 9_000 };
    expect(decideWithdraw(again, withdrawn.states)).toMatchObject({ code: 'NOTHING_WAITS' });
  });

  it('stops where part of it was not applied, or an object of it was changed since', () => {
    const refused = new Told([live])
      .asks('s1', both, { staging: watch })
      .and(outcome('s1-1', 'ChangeRejected', { revision: 1, status: 422, message: 'no such field' }));
    expect(stagingIn(refused, 's1')).toMatchObject({
      state: 'stopped',
      code: 'REJECTED',
      message: 'AuthorizationPolicy/shop/web: no such field',
    });
    const overtaken = audited.changes('s3', [{ key: webKey, spec: specTo('c') }]);
    expect(stagingIn(overtaken, 's1')).toMatchObject({ state: 'stopped', code: 'OVERTAKEN' });
  });

  it('is undone with the set that enforced it, each object to what it was before the audit', () => {
    const before = new Told([live]).and(seen(specTo('x'), { key: apiKey, uid: 'u-api' }));
    const whole = before
      .changes('s1', both, { staging: audit })
      .changes('s2', [{ key: apiKey, spec: specTo('enforced') }], { enforces: 's1', staging: watch });
    expect(decideUndo(whole.states, 's1')).toMatchObject({
      decision: 'undo',
      objects: [
        { key: apiKey, spec: specTo('x'), expectedRevision: 2 },
        { key: webKey, expectedRevision: 1 },
      ],
    });
    const undone = whole.undoes('s1', 's3');
    expect(stagingIn(undone, 's2')).toEqual({ state: 'undone', by: 's3' });
    expect(setsUnderWay(undone.states)).toEqual([]);
    for (const id of ['s1', 's2'])
      expect(changeSetView(undone.states, id)).toMatchObject({ phase: 'undone', ended: true });
    expect(decideUndo(undone.states, 's1')).toMatchObject({ code: 'ALREADY_UNDONE' });
  });

  it('may have its enforcement alone undone, and the rest after that', () => {
    const back = enforced.undoes('s2', 's3');
    expect(stagingIn(back, 's2')).toEqual({ state: 'undone', by: 's3' });
    const decision = decideUndo(back.states, 's1');
    expect(decision).toMatchObject({ decision: 'undo', objects: [{ key: apiKey }, { key: webKey }] });
  });
});
