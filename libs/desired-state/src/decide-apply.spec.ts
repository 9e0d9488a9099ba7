import { describe, expect, it } from '@jest/globals';
import { decideApply } from './decide-apply.js';
import {
  ada,
  applied,
  asked,
  namespaceSeen,
  outcome,
  request,
  seen,
  specTo,
  statesAfter,
  step,
  webKey,
  type Step,
} from '../test/story.js';

const namespaceList = (phase: 'live' | 'stale'): Step =>
  step('source-state/Namespace', 'SourceStateChanged', { kind: 'Namespace', phase, reason: '' });

describe('a request for a change', () => {
  it('is accepted as a change and as the next revision of the desired state', () => {
    const states = statesAfter([...asked('c1', 1, specTo('web'))]);
    const decision = decideApply(
      request('c2', specTo('api'), { reason: 'move', expectedRevision: 1 }),
      states,
    );
    const envelope = { version: 1, occurredAt: 5000, actor: ada, correlation: 'c2', reason: 'move' };
    const desired = { changeId: 'c2', key: webKey, spec: specTo('api') };
    expect(decision).toEqual({
      decision: 'accepted',
      changeId: 'c2',
      revision: 2,
      writes: [
        {
          subject: 'change/c2',
          expectedVersion: 0,
          event: {
            ...envelope,
            id: 'c2/requested',
            type: 'ChangeRequested',
            data: { ...desired, revision: 2, replaces: 'c1' },
          },
        },
        {
          subject: 'desired/AuthorizationPolicy/shop/web',
          expectedVersion: 1,
          event: {
            ...envelope,
            id: 'c2/desired',
            type: 'DesiredStateSet',
            causation: 'c2/requested',
            data: desired,
          },
        },
      ],
    });
  });

  it('is refused when the caller saw another revision', () => {
    const states = statesAfter(asked('c1', 1, specTo('web')));
    expect(decideApply(request('c2', specTo('api'), { expectedRevision: 0 }), states)).toEqual({
      decision: 'refused',
      code: 'STALE_REVISION',
      message: 'AuthorizationPolicy/shop/web is at revision 1, not 0; read it and ask again',
      revision: 1,
    });
  });

  it('is refused for a stale revision even where the same is desired already', () => {
    const states = statesAfter(asked('c1', 1, specTo('web')));
    expect(decideApply(request('c2', specTo('web'), { expectedRevision: 0 }), states)).toMatchObject({
      decision: 'refused',
      code: 'STALE_REVISION',
    });
  });

  it('is refused in a namespace that the cluster does not have', () => {
    const states = statesAfter([namespaceSeen('bank'), namespaceList('live')]);
    expect(decideApply(request('c1', specTo('web')), states)).toEqual({
      decision: 'refused',
      code: 'NAMESPACE_UNKNOWN',
      message: 'the cluster has no namespace shop',
      revision: 0,
    });
  });

  it('is refused in a namespace that was deleted, and not for the deletion of an earlier life of it', () => {
    const deleted = (uid: string): Step =>
      step(`Namespace//shop/${uid}`, 'NamespaceDeleted', { detectedLate: false });
    const before = [namespaceSeen('shop'), namespaceList('live')];
    const decide = (uid: string): string =>
      decideApply(request('c1', specTo('web')), statesAfter([...before, deleted(uid)])).decision;
    expect([decide('uid-of-shop'), decide('earlier')]).toEqual(['refused', 'accepted']);
  });

  it('is not refused for a missing namespace while the list of namespaces may be old', () => {
    const states = statesAfter([namespaceSeen('bank'), namespaceList('live'), namespaceList('stale')]);
    expect(decideApply(request('c1', specTo('web')), states).decision).toBe('accepted');
  });

  it('is refused in a namespace that nobody looks at', () => {
    const states = statesAfter([step('scope', 'ScopeDeclared', { namespaces: ['bank'] })]);
    expect(decideApply(request('c1', specTo('web')), states)).toMatchObject({
      decision: 'refused',
      code: 'NAMESPACE_OUT_OF_SCOPE',
    });
  });

  it('is the same request under the same change id, whatever has happened since', () => {
    const states = statesAfter([...asked('c1', 1, specTo('web')), ...asked('c2', 2, specTo('api'))]);
    expect(decideApply(request('c1', specTo('web'), { expectedRevision: 0 }), states)).toEqual({
      decision: 'already-asked',
      changeId: 'c1',
      revision: 1,
    });
  });

  it('is refused under the id of a change that asked for something else', () => {
    const states = statesAfter(asked('c1', 1, specTo('web')));
    expect(decideApply(request('c1', specTo('api')), states)).toMatchObject({
      decision: 'refused',
      code: 'CHANGE_ID_REUSED',
    });
  });
});

describe('asking for what is desired already', () => {
  it('does not join a change of another that is still to be applied, which has the rights of that one', () => {
    const states = statesAfter(asked('c1', 1, specTo('web')));
    const ofAnother = request('c2', specTo('web'), { actor: { name: 'mallory', provenBy: 'token' } });
    expect(decideApply(ofAnother, states)).toMatchObject({ decision: 'accepted', revision: 2 });
  });

  const c1 = asked('c1', 1, specTo('web'));
  const converged = [...c1, applied('c1', 1, '7'), seen(specTo('web'), { by: ['c1', 1], rv: '7' })];
  const rejected = outcome('c1', 'ChangeRejected', { revision: 1, status: 422, message: 'no' });

  it.each<[string, readonly Step[], 'already-asked' | 'accepted']>([
    ['names the change that is still to be applied', c1, 'already-asked'],
    [
      'is a new revision when the former one is applied and not observed',
      [...c1, applied('c1', 1, '7')],
      'accepted',
    ],
    [
      'names the change whose observation overtook the record of its apply',
      [...c1, seen(specTo('web'), { by: ['c1', 1], rv: '7' }), applied('c1', 1, '7')],
      'already-asked',
    ],
    ['names the change that converged', converged, 'already-asked'],
    ['is a new revision when the object has drifted', [...converged, seen(specTo('api'))], 'accepted'],
    ['is a new revision when the former one failed', [...c1, rejected], 'accepted'],
    [
      'is a new revision when the former one failed and others made the object so',
      [...c1, rejected, seen(specTo('web'))],
      'accepted',
    ],
  ])('%s', (_rule, steps, expected) => {
    const decision = decideApply(request('c2', specTo('web')), statesAfter(steps));
    expect([decision.decision, 'changeId' in decision ? decision.changeId : undefined]).toEqual(
      expected === 'accepted' ? ['accepted', 'c2'] : ['already-asked', 'c1'],
    );
  });
});

describe('asking that there be no object', () => {
  const none = (changeId: string) => {
    const { spec: _, ...command } = request(changeId, specTo('web'));
    return command;
  };
  const live = step('source-state/AuthorizationPolicy', 'SourceStateChanged', {
    kind: 'AuthorizationPolicy',
    phase: 'live',
    reason: '',
  });

  it('is a revision without a spec', () => {
    const decision = decideApply(none('c2'), statesAfter(asked('c1', 1, specTo('web'))));
    expect(decision).toMatchObject({ decision: 'accepted', revision: 2 });
    const written = decision.decision === 'accepted' ? decision.writes.map(({ event }) => event.data) : [];
    expect(written).toEqual([
      { changeId: 'c2', key: webKey, revision: 2, replaces: 'c1' },
      { changeId: 'c2', key: webKey },
    ]);
  });

  it('is refused where there is none, as far as that is known', () => {
    expect(decideApply(none('c1'), statesAfter([live]))).toMatchObject({ code: 'NOTHING_TO_WITHDRAW' });
    expect(decideApply(none('c1'), statesAfter([]))).toMatchObject({ decision: 'accepted' });
  });

  it('names the change that is still to be applied', () => {
    expect(decideApply(none('c2'), statesAfter(asked('c1', 1)))).toMatchObject({
      decision: 'already-asked',
      changeId: 'c1',
    });
  });
});
