import { describe, expect, it } from '@jest/globals';
import { defaultPolicies } from '@mcp/mesh';
import {
  allowedBy,
  ask,
  defaultRef,
  denied,
  policyRef,
  serverRef,
  underDefault,
} from '../../test/answers.js';
import {
  authorizationPolicy,
  endpoint,
  externalWorkload,
  port,
  ref,
  selector,
  serverOf,
  viewOf,
} from '../../test/mesh-view.js';

const byMeshDefault = allowedBy([defaultRef('all-unauthenticated')], underDefault('all-unauthenticated'));
const byServer = denied([]);
const shop = (...Server: ReturnType<typeof serverOf>[]) => viewOf({ shop: { Server } });
const external = externalWorkload('shop', 'vm').groups[0]!.endpoint;

describe('a Server governs a port', () => {
  it.each([
    ['that it gives by number, declared or not', { port: 9_000 }, { port: 9_000 }],
    ['that it gives by a name', { port: 'http' }, {}],
    [
      'of an init container too',
      { port: 'boot' },
      { endpoint: endpoint({ ports: [{ ...port(80, 'boot'), init: true }] }) },
    ],
    [
      'of any number that has the name',
      { port: 'x' },
      { port: 81, endpoint: endpoint({ ports: [port(80, 'x'), port(81, 'x')] }) },
    ],
    [
      'of pods that have its labels',
      { selector: selector({ app: 'a' }) },
      { endpoint: endpoint({ labels: { app: 'a' } }) },
    ],
    [
      'of external workloads, if it selects those',
      { selects: 'externalWorkloads' as const },
      { endpoint: external },
    ],
  ])('%s', (_, spec, asked) => {
    expect(ask(shop(serverOf('shop', 'web', spec)), asked)).toEqual(byServer);
  });
});

describe('a Server does not govern a port', () => {
  it.each([
    ['of another number', { port: 81 }, {}],
    ['whose number it writes as a string: that is a name', { port: '80' }, {}],
    [
      'that has the name for UDP only',
      { port: 'x' },
      { endpoint: endpoint({ ports: [port(80, 'x', 'UDP')] }) },
    ],
    ['whose name differs in case', { port: 'HTTP' }, {}],
    ['of pods without its labels', { selector: selector({ app: 'a' }) }, {}],
    ['of pods, if it selects external workloads', { selects: 'externalWorkloads' as const }, {}],
    ['of an external workload, if it selects pods', {}, { endpoint: external }],
    [
      'if an expression of its selector is illegal',
      { selector: selector({}, { matchExpressions: [{ key: 'x', operator: 'DoesNotExist', values: [] }] }) },
      {},
    ],
  ])('%s', (_, spec, asked) => {
    expect(ask(shop(serverOf('shop', 'web', spec)), asked)).toEqual(byMeshDefault);
  });

  it('of another namespace', () => {
    expect(ask(viewOf({ shop: {}, bank: { Server: [serverOf('bank', 'web')] } }))).toEqual(byMeshDefault);
  });
});

describe('of several Servers for a port', () => {
  it('the oldest takes it whole; nothing of the others counts', () => {
    const old = serverOf('shop', 'web', { port: 'http' }, { createdAt: 1_000 });
    const open = serverOf('shop', 'a', { accessPolicy: 'all-unauthenticated' }, { createdAt: 2_000 });
    const policies = [authorizationPolicy('shop', 'p', ref('Server', 'a'))];
    expect(ask(viewOf({ shop: { Server: [open, old], AuthorizationPolicy: policies } }))).toEqual(
      denied([], { overruled: [serverRef('a')] }),
    );
  });

  it('the first by name takes it, where they are as old', () => {
    const names = ['web', 'x', 'y'].map((name) => serverOf('shop', name));
    expect(ask(shop(...names.reverse()))).toEqual(
      denied([], { overruled: [serverRef('x'), serverRef('y')] }),
    );
  });
});

it('default policy and annotations of the pod play no part on a port that has a Server', () => {
  const annotations = {
    'config.linkerd.io/default-inbound-policy': 'all-unauthenticated',
    'config.linkerd.io/opaque-ports': '80',
  };
  expect(ask(shop(serverOf('shop', 'web')), { endpoint: endpoint({ annotations }) })).toEqual(byServer);
});

describe('the access policy of a Server', () => {
  it.each(defaultPolicies.filter((mode) => mode !== 'deny' && mode !== 'audit'))(
    'is one more authorization beside the policies: %s',
    (accessPolicy) => {
      const view = viewOf({
        shop: {
          Server: [serverOf('shop', 'web', { accessPolicy })],
          AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Server', 'web'))],
        },
      });
      expect(ask(view)).toEqual(allowedBy([policyRef('p'), defaultRef(accessPolicy)]));
    },
  );

  it('audit: what nothing else admits is allowed and logged', () => {
    expect(ask(shop(serverOf('shop', 'web', { accessPolicy: 'audit' })))).toEqual(
      allowedBy([defaultRef('audit')], { verdict: 'audit' }),
    );
  });

  it('audit beside a policy: which of the two is credited is undefined, and the policy comes first here', () => {
    const view = viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { accessPolicy: 'audit' })],
        AuthorizationPolicy: [authorizationPolicy('shop', 'z', ref('Namespace', 'shop'))],
      },
    });
    expect(ask(view)).toEqual(allowedBy([policyRef('z'), defaultRef('audit')]));
  });

  it('deny adds nothing', () => {
    expect(ask(shop(serverOf('shop', 'web', { accessPolicy: 'deny' })))).toEqual(denied([]));
  });
});
