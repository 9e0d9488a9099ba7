import { describe, expect, it } from '@jest/globals';
import { keyOfObject } from './key-of-object.js';
import { formatResourceKey } from './resource-kind.js';

const web = { namespace: 'shop', name: 'web', uid: 'u', createdAt: 0 };

describe('the key of an object', () => {
  it('is its kind, namespace and name', () => {
    expect(keyOfObject('ServiceAccount', web)).toEqual({
      kind: 'ServiceAccount',
      namespace: 'shop',
      name: 'web',
    });
  });

  it('tells a Deployment from a CronJob of the same name', () => {
    const keys = ['Deployment', 'CronJob'].map((kind) => keyOfObject('Controller', { ...web, kind }));
    expect(keys.map(formatResourceKey)).toEqual([
      'Controller/shop/Deployment.web',
      'Controller/shop/CronJob.web',
    ]);
  });
});
