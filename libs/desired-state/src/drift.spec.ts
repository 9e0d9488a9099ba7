import { describe, expect, it } from '@jest/globals';
import { driftOf } from './drift.js';
import { specTo } from '../test/story.js';

const desired = specTo('web');

describe('drift', () => {
  it.each([
    ['is pending while the object is not there yet', 'absent', false, 'pending', []],
    [
      'is pending while the object is not as desired yet',
      specTo('api'),
      false,
      'pending',
      ['spec.targetRef.name'],
    ],
    ['is none when the object is as desired', specTo('web'), true, 'none', []],
    ['is none for an equal object, however it came to be so', specTo('web'), false, 'none', []],
    [
      'is drifted when the object was as desired and differs',
      specTo('api'),
      true,
      'drifted',
      ['spec.targetRef.name'],
    ],
    ['is deleted when the object was as desired and is gone', 'absent', true, 'deleted', []],
    [
      'is pending for an object that was never as desired and cannot be read',
      'unreadable',
      false,
      'pending',
      ['spec'],
    ],
    [
      'is drifted, in all of the spec, when the object can no longer be read',
      'unreadable',
      true,
      'drifted',
      ['spec'],
    ],
  ] as const)('%s', (_rule, observed, reached, drift, differingFields) => {
    expect(driftOf(desired, observed, reached)).toEqual({ drift, differingFields });
  });

  it('names every differing field, a list as a whole, and a field that only one side has', () => {
    const observed = {
      targetRef: { ...desired.targetRef, name: 'api', namespace: 'other' },
      requiredAuthenticationRefs: [],
    };
    expect(driftOf(desired, observed, true).differingFields).toEqual([
      'spec.requiredAuthenticationRefs',
      'spec.targetRef.name',
      'spec.targetRef.namespace',
    ]);
  });
});
