import { expect, it } from '@jest/globals';
import { rightsToWrite } from './rights-to-write.js';

const key = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' } as const;
const policy = {
  group: 'policy.linkerd.io',
  resource: 'authorizationpolicies',
  namespace: 'shop',
  name: 'web',
};

it('an object that is there is patched, another one is created too', () => {
  expect(rightsToWrite(key, true)).toEqual([{ verb: 'patch', ...policy }]);
  expect(rightsToWrite(key, false)).toEqual([
    { verb: 'patch', ...policy },
    { verb: 'create', ...policy },
  ]);
});

it('one kind may be of several groups', () => {
  expect([
    rightsToWrite({ ...key, kind: 'HTTPRoute' }, true)[0]?.group,
    rightsToWrite({ ...key, kind: 'GatewayHTTPRoute' }, true)[0]?.group,
  ]).toEqual(['policy.linkerd.io', 'gateway.networking.k8s.io']);
});
