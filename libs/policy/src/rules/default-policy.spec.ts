import { describe, expect, it } from '@jest/globals';
import type { DefaultPolicy } from '@mcp/mesh';
import { defaultPolicies } from '@mcp/mesh';
import type { Answer } from '../../test/answers.js';
import {
  allowedBy,
  ask,
  bytes,
  client,
  defaultRef,
  denied,
  lacking,
  notLocal,
  underDefault,
  web,
  without,
} from '../../test/answers.js';
import {
  authorizationPolicy,
  endpoint,
  ref,
  serverAuthorization,
  settings,
  viewOf,
} from '../../test/mesh-view.js';

const under = (defaultPolicy: DefaultPolicy) => viewOf({}, { settings: { ...settings, defaultPolicy } });
const outside = client(web.tls, '192.0.2.1');
const spiffe = client({ identity: 'spiffe://cluster.local/web' });
const byMode = (mode: DefaultPolicy) => allowedBy([defaultRef(mode)], underDefault(mode));
const lacksOf = (mode: DefaultPolicy, part: 'network' | 'identity', have: string): Answer =>
  denied([lacking(defaultRef(mode), part, part === 'identity' ? ['*'] : ['10.0.0.0/8'], have)], {
    ...underDefault(mode),
    ...(part === 'network' && {
      candidates: [lacking(defaultRef(mode), part, ['10.0.0.0/8'], have), notLocal('192.0.2.1')],
    }),
  });

describe('under a default policy', () => {
  it.each(defaultPolicies.filter((mode) => mode !== 'deny' && mode !== 'audit'))(
    '%s, a client of the mesh in the cluster is admitted by it',
    (mode) => {
      expect(ask(under(mode))).toEqual(byMode(mode));
    },
  );

  it('deny, nobody is admitted but localhost', () => {
    expect(ask(under('deny'))).toEqual(denied([], underDefault('deny')));
    expect(ask(under('deny'), { client: client('none', '127.0.0.1') })).toEqual(
      allowedBy([defaultRef('localhost')], {
        ...underDefault('deny'),
        candidates: [{ ref: defaultRef('localhost'), satisfied: 'yes', lacks: [] }],
      }),
    );
  });

  it('audit, everyone is admitted, and it is logged', () => {
    expect(ask(under('audit'), { client: client('none') })).toEqual(
      allowedBy([defaultRef('audit')], { ...underDefault('audit'), verdict: 'audit' }),
    );
  });

  it.each(['all-authenticated', 'cluster-authenticated'] as const)(
    '%s, a client needs an identity',
    (mode) => {
      expect(ask(under(mode), { client: client('none') })).toEqual(lacksOf(mode, 'identity', 'no mesh TLS'));
      expect(ask(under(mode), { client: client('anonymous') })).toEqual(
        lacksOf(mode, 'identity', 'mesh TLS without a client certificate'),
      );
    },
  );

  it.each(['all-authenticated', 'cluster-authenticated'] as const)(
    '%s, a SPIFFE identity is not enough',
    (mode) => {
      expect(ask(under(mode), { client: spiffe })).toEqual(
        lacksOf(mode, 'identity', 'spiffe://cluster.local/web'),
      );
    },
  );

  it.each(['cluster-unauthenticated', 'cluster-authenticated'] as const)(
    '%s, a client must be in the cluster networks',
    (mode) => {
      expect(ask(under(mode), { client: outside })).toEqual(lacksOf(mode, 'network', '192.0.2.1'));
    },
  );

  it('a connection is judged as a request is', () => {
    expect(ask(under('all-unauthenticated'), { request: bytes })).toEqual(
      without(byMode('all-unauthenticated'), 'route'),
    );
  });
});

describe('the default policy of a workload', () => {
  const annotated = (annotations: Readonly<Record<string, string>>) => ({
    endpoint: endpoint({
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`config.linkerd.io/${key}`, value]),
      ),
    }),
  });

  it.each(defaultPolicies.filter((mode) => mode !== 'deny' && mode !== 'audit'))(
    'is its own annotation: %s',
    (mode) => {
      expect(ask(under('deny'), annotated({ 'default-inbound-policy': mode }))).toEqual(byMode(mode));
    },
  );

  it('is that of the cluster where the annotation is no policy', () => {
    expect(ask(under('all-authenticated'), annotated({ 'default-inbound-policy': 'open' }))).toEqual(
      byMode('all-authenticated'),
    );
  });

  it('is not what its Namespace is annotated with', () => {
    const annotations = { 'config.linkerd.io/default-inbound-policy': 'all-unauthenticated' };
    const view = viewOf({ shop: { annotations } }, { settings: { ...settings, defaultPolicy: 'deny' } });
    expect(ask(view)).toEqual(denied([], underDefault('deny')));
  });

  it.each([
    ['all-unauthenticated', 'all-authenticated'],
    ['cluster-unauthenticated', 'cluster-authenticated'],
    ['all-authenticated', 'all-authenticated'],
  ] as const)('is raised where the port requires identity: %s becomes %s', (mode, raised) => {
    const asked = annotated({ 'proxy-require-identity-inbound-ports': '79-81' });
    expect(ask(under(mode), asked)).toEqual(byMode(raised));
  });

  it('stays as open as audit is where the port requires identity', () => {
    const asked = annotated({ 'proxy-require-identity-inbound-ports': '80' });
    expect(ask(under('audit'), { ...asked, client: client('none') })).toEqual(
      allowedBy([defaultRef('audit')], { ...underDefault('audit'), verdict: 'audit' }),
    );
  });

  it('stays as it is where one bad element discards the list', () => {
    const asked = annotated({ 'proxy-require-identity-inbound-ports': '80,http' });
    expect(ask(under('all-unauthenticated'), asked)).toEqual(byMode('all-unauthenticated'));
  });

  it('is for connections only on an opaque port', () => {
    const asked = annotated({ 'opaque-ports': '80' });
    expect(ask(under('all-unauthenticated'), asked)).toEqual({
      ...without(byMode('all-unauthenticated'), 'route'),
      protocol: 'opaque',
    });
  });
});

it('no policy applies to a port without a Server, not even one for the namespace', () => {
  const view = viewOf(
    {
      shop: {
        AuthorizationPolicy: [authorizationPolicy('shop', 'p', ref('Namespace', 'shop'))],
        ServerAuthorization: [serverAuthorization('shop', 's', { name: 'web' })],
      },
    },
    { settings: { ...settings, defaultPolicy: 'deny' } },
  );
  expect(ask(view)).toEqual(denied([], underDefault('deny')));
});
