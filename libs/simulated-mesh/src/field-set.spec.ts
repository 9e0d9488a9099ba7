import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { displayField, fromFieldsV1, leavesOf, toFieldsV1 } from './field-set.js';

describe('field sets', () => {
  it('come back from the form of managedFields as they were', () => {
    const json = fc
      .dictionary(fc.string({ minLength: 1 }), fc.jsonValue())
      .filter((value) => !('metadata' in value));
    fc.assert(
      fc.property(json, (object) => {
        const fields = new Set(leavesOf({ spec: object }).keys());
        expect(fromFieldsV1(toFieldsV1(fields))).toEqual(fields);
      }),
    );
  });

  it('are shown as API servers write them', () => {
    expect(displayField('/metadata/labels/app.kubernetes.io~1name')).toBe(
      '.metadata.labels.app.kubernetes.io/name',
    );
  });

  it('leave out what the server itself writes', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'x',
        namespace: 'y',
        uid: 'z',
        resourceVersion: '1',
        managedFields: [],
        finalizers: [],
      },
    };
    expect([...leavesOf(object).keys()]).toEqual(['/metadata/finalizers']);
  });
});
