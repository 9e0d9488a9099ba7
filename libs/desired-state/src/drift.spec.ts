import { describe, expect, it } from '@jest/globals';
import { driftOf } from './drift.js';
import { specTo } from '../test/story.js';

const desired = specTo('web');

describe('drift', () => {
  it.each([
    ['is pending while the object is not there yet', undefined, false, 'pending', []],
    [
      'is pending while the object is not as desired yet',
      { spec: specTo('api') },
      false,
      'pending',
      ['spec.targetRef.name'],
    ],
    ['is none when the object is as desired', { spec: specTo('web') }, true, 'none', []],
    ['is none for an equal object, however it came to be so', { spec: specTo('web') }, false, 'none', []],
    [
      'is drifted when the object was as desired and differs',
      { spec: specTo('api') },
      true,
      'drifted',
      ['spec.targetRef.name'],
    ],
    ['is deleted when the object was as desired and is gone', undefined, true, 'deleted', []],
    ['is pending for an object that was never as desired and cannot be read', {}, false, 'pending', ['spec']],
    ['is drifted, in all of the spec, when the object can no longer be read', {}, true, 'drifted', ['spec']],
    [
      'is pending for an object that is as desired and says more',
      { spec: specTo('web'), unmodelled: ['spec.more'] },
      false,
      'pending',
      ['spec.more'],
    ],
    [
      'is drifted when the object differs and says more',
      { spec: specTo('api'), unmodelled: ['spec.more', 'spec.targetRef.name'] },
      true,
      'drifted',
      ['spec.more', 'spec.targetRef.name'],
    ],
  ] as const)('%s', (_rule, observed, reached, drift, differingFields) => {
    expect(driftOf(desired, observed, reached)).toEqual({ drift, differingFields });
  });

  it('names every differing field, a list as a whole, and a field that only one side has', () => {
    const observed = {
      targetRef: { ...desired.targetRef, name: 'api', namespace: 'other' },
      requiredAuthenticationRefs: [],
    };
    expect(driftOf(desired, { spec: observed }, true).differingFields).toEqual([
      'spec.requiredAuthenticationRefs',
      'spec.targetRef.name',
      'spec.targetRef.namespace',
    ]);
  });
});
