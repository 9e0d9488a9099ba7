import { describe, expect, it } from '@jest/globals';
import { type LabelExpression, selects } from './label-selector.js';

const labels = { app: 'web', tier: 'front' };
const expressions = (...matchExpressions: LabelExpression[]) => ({ matchLabels: {}, matchExpressions });

describe('a label selector', () => {
  it.each([
    ['matches everything when it is empty', { matchLabels: {}, matchExpressions: [] }, true],
    [
      'matches when every label is as it says',
      { matchLabels: { app: 'web', tier: 'front' }, matchExpressions: [] },
      true,
    ],
    [
      'does not match when one label differs',
      { matchLabels: { app: 'web', tier: 'back' }, matchExpressions: [] },
      false,
    ],
    [
      'holds for In with the value among them',
      expressions({ key: 'app', operator: 'In', values: ['api', 'web'] }),
      true,
    ],
    [
      'does not hold for In without the label',
      expressions({ key: 'zone', operator: 'In', values: ['a'] }),
      false,
    ],
    ['never holds for In without values', expressions({ key: 'app', operator: 'In' }), false],
    [
      'holds for NotIn without the label',
      expressions({ key: 'zone', operator: 'NotIn', values: ['a'] }),
      true,
    ],
    [
      'does not hold for NotIn with the value among them',
      expressions({ key: 'app', operator: 'NotIn', values: ['web'] }),
      false,
    ],
    [
      'does not take for a label what every object has',
      expressions({ key: 'constructor', operator: 'Exists' }),
      false,
    ],
    ['holds for Exists with the label', expressions({ key: 'app', operator: 'Exists' }), true],
    [
      'never holds for Exists with a list of values, even an empty one',
      expressions({ key: 'app', operator: 'Exists', values: [] }),
      false,
    ],
    [
      'holds for DoesNotExist without the label',
      expressions({ key: 'zone', operator: 'DoesNotExist' }),
      true,
    ],
    [
      'never holds for DoesNotExist with a list of values',
      expressions({ key: 'zone', operator: 'DoesNotExist', values: [] }),
      false,
    ],
    [
      'needs labels and expressions both',
      { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] },
      false,
    ],
  ] as const)('%s', (_rule, selector, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});
