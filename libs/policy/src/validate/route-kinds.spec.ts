import { describe, expect, it } from '@jest/globals';
import { validate } from './validate.js';

type Annotations = Readonly<Record<string, unknown>>;

function faults(
  apiVersion: string,
  kind: string,
  spec: unknown,
  annotations: Annotations = {},
): readonly string[] {
  const metadata = { name: 'x', namespace: 'shop', annotations };
  const validation = validate({ apiVersion, kind, metadata, spec });
  return validation.judged
    ? validation.violations.map(({ layer, code, field }) => `${layer} ${code} ${field}`)
    : [validation.reason];
}

type Row = readonly [rule: string, spec: unknown, faults: readonly string[]];

const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
const service = { group: 'core', kind: 'Service', name: 'web', port: 80 };
const egress = { group: 'policy.linkerd.io', kind: 'EgressNetwork', name: 'out' };
const rule = (content: unknown) => ({ parentRefs: [server], rules: [content] });
const path = (value: string, type = 'Exact') => rule({ matches: [{ path: { type, value } }] });
const match = (content: unknown) => rule({ matches: [content] });
const filter = (...filters: unknown[]) => rule({ filters });
const atPath = 'spec.rules[0].matches[0].path.value';
const atFilter = 'spec.rules[0].filters[0]';
const parentPort = ['webhook EGRESS_PARENT_WITHOUT_PORT spec.parentRefs[0].port'];

/** What holds for the HTTPRoutes of both groups. */
const httpRows: readonly Row[] = [
  ['may say nothing', {}, []],
  ['may have a Server as parent', { parentRefs: [server] }, []],
  ['may have an EgressNetwork with a port as parent', { parentRefs: [{ ...egress, port: 443 }] }, []],
  [
    'needs the port of an EgressNetwork, whatever its case',
    { parentRefs: [{ ...egress, kind: 'egressnetwork' }] },
    parentPort,
  ],
  [
    'needs the name of a parent',
    { parentRefs: [{ kind: 'Server' }] },
    ['schema MISSING spec.parentRefs[0].name'],
  ],
  [
    'may have a Server of another namespace, with a port, as parent',
    { parentRefs: [{ ...server, namespace: 'other', port: 80 }] },
    [],
  ],
  [
    'has at most 32 parents',
    { parentRefs: Array.from({ length: 33 }, (_, index) => ({ ...server, name: `s${index}` })) },
    ['schema TOO_MANY spec.parentRefs'],
  ],
  [
    'has at most 16 hostnames',
    { hostnames: Array.from({ length: 17 }, () => 'a.b') },
    ['schema TOO_MANY spec.hostnames'],
  ],
  ['may have a wildcard hostname', { hostnames: ['*.a.b'] }, []],
  [
    'takes no other wildcard, and no upper case, in a hostname',
    { hostnames: ['*', 'A.b'] },
    ['schema WRONG_FORM spec.hostnames[0]', 'schema WRONG_FORM spec.hostnames[1]'],
  ],
  ['has at most 16 rules', { rules: Array.from({ length: 17 }, () => ({})) }, ['schema TOO_MANY spec.rules']],
  [
    'has at most 8 matches in a rule',
    rule({ matches: Array.from({ length: 9 }, () => ({})) }),
    ['schema TOO_MANY spec.rules[0].matches'],
  ],
  ['may match a regular expression without a slash', path('a.*', 'RegularExpression'), []],
  [
    'needs a regular expression that compiles',
    path('/a(', 'RegularExpression'),
    [`webhook NOT_A_REGEX ${atPath}`],
  ],
  [
    'takes no other type of path',
    path('/a', 'Prefix'),
    ['schema NOT_ONE_OF spec.rules[0].matches[0].path.type'],
  ],
  ['has a path of at most 1024 characters', path(`/${'a'.repeat(1024)}`), [`schema TOO_LONG ${atPath}`]],
  [
    'matches one of nine methods',
    match({ method: 'get' }),
    ['schema NOT_ONE_OF spec.rules[0].matches[0].method'],
  ],
  [
    'needs a name of a header, and a value',
    match({ headers: [{ name: 'a b', value: 'x' }, { name: 'c' }] }),
    [
      'schema WRONG_FORM spec.rules[0].matches[0].headers[0].name',
      'schema MISSING spec.rules[0].matches[0].headers[1].value',
    ],
  ],
  [
    'takes no header twice',
    match({
      headers: [
        { name: 'a', value: 'x' },
        { name: 'a', value: 'y' },
      ],
    }),
    ['schema DUPLICATE_ITEM spec.rules[0].matches[0].headers[1]'],
  ],
  [
    'takes a header value without control characters only, ASCII or not, unless it is a regular expression',
    match({
      headers: [
        { name: 'a', value: 'a\u007f' },
        { name: 'b', value: 'é.*', type: 'RegularExpression' },
        { name: 'c', value: 'é\tb' },
      ],
    }),
    ['webhook NOT_A_HEADER_VALUE spec.rules[0].matches[0].headers[0].value'],
  ],
  [
    'needs regular expressions of headers and queries that compile',
    match({
      headers: [{ name: 'a', value: '[', type: 'RegularExpression' }],
      queryParams: [{ name: 'a', value: '*', type: 'RegularExpression' }],
    }),
    [
      'webhook NOT_A_REGEX spec.rules[0].matches[0].headers[0].value',
      'webhook NOT_A_REGEX spec.rules[0].matches[0].queryParams[0].value',
    ],
  ],
  [
    'may change headers of requests',
    filter({
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { set: [{ name: 'a', value: 'b' }], remove: ['c'] },
    }),
    [],
  ],
  [
    'removes and sets only what is a header',
    filter({
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { remove: ['a b', ''], add: [{ name: 'a', value: '\u0001' }] },
    }),
    [
      `webhook NOT_A_HEADER_NAME ${atFilter}.requestHeaderModifier.remove[0]`,
      `webhook NOT_A_HEADER_NAME ${atFilter}.requestHeaderModifier.remove[1]`,
      `webhook NOT_A_HEADER_VALUE ${atFilter}.requestHeaderModifier.add[0].value`,
    ],
  ],
  [
    'redirects to an absolute path',
    filter({
      type: 'RequestRedirect',
      requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: 'a' } },
    }),
    [`webhook REDIRECT_PATH_NOT_ABSOLUTE ${atFilter}.requestRedirect.path.replaceFullPath`],
  ],
  [
    'redirects with 301 or 302',
    filter({ type: 'RequestRedirect', requestRedirect: { statusCode: 303, scheme: 'ftp' } }),
    [
      `schema NOT_ONE_OF ${atFilter}.requestRedirect.scheme`,
      `schema NOT_ONE_OF ${atFilter}.requestRedirect.statusCode`,
    ],
  ],
];

describe('an HTTPRoute of Linkerd', () => {
  const timeouts = (request: string, backendRequest?: string) =>
    rule({ timeouts: { request, backendRequest } });
  const atTimeout = 'spec.rules[0].timeouts';

  it.each<Row>([
    [
      'redirects to the full path where both are there',
      filter({
        type: 'RequestRedirect',
        requestRedirect: {
          path: { type: 'ReplaceFullPath', replaceFullPath: '/a', replacePrefixMatch: 'b' },
        },
      }),
      [],
    ],
    [
      'redirects to some path, where a path is there',
      filter({ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath' } } }),
      [`webhook MISSING ${atFilter}.requestRedirect.path`],
    ],
    ...httpRows,
    ['needs a path that starts with a slash', path('a'), [`webhook PATH_NOT_ABSOLUTE ${atPath}`]],
    [
      'needs a prefix that starts with a slash',
      path('a', 'PathPrefix'),
      [`webhook PATH_NOT_ABSOLUTE ${atPath}`],
    ],
    ['may match what the Gateway API would not, as an empty segment', path('//a'), []],
    ['may list the same parent twice', { parentRefs: [server, server] }, []],
    ['may have a Service without a port as backend', rule({ backendRefs: [{ name: 'a' }] }), []],
    [
      'has only request headers and redirects as filters of a rule',
      filter({ type: 'ResponseHeaderModifier', responseHeaderModifier: {} }, { type: 'URLRewrite' }),
      [`schema NOT_ONE_OF ${atFilter}.type`, 'schema NOT_ONE_OF spec.rules[0].filters[1].type'],
    ],
    [
      'may have response headers as a filter of a backend',
      rule({
        backendRefs: [
          { name: 'a', filters: [{ type: 'ResponseHeaderModifier', responseHeaderModifier: {} }] },
        ],
      }),
      [],
    ],
    [
      'needs the content of a filter, which Linkerd cannot read otherwise',
      rule({
        filters: [{ type: 'RequestRedirect' }],
        backendRefs: [{ name: 'a', filters: [{ type: 'RequestHeaderModifier' }] }],
      }),
      [
        `webhook FILTER_CONTENT_MISMATCH ${atFilter}.requestRedirect`,
        'webhook FILTER_CONTENT_MISMATCH spec.rules[0].backendRefs[0].filters[0].requestHeaderModifier',
      ],
    ],
    [
      'needs the path of a redirect that has one',
      filter({ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath' } } }),
      [`webhook MISSING ${atFilter}.requestRedirect.path`],
    ],
    ['may have timeouts', timeouts('1h2.5s', '1h'), []],
    ['may have timeouts that are the same, in other units', timeouts('1s', '1000ms'), []],
    ['may have no timeout, which is 0', timeouts('0'), []],
    ['takes no negative timeout', timeouts('-5s'), [`webhook TIMEOUT_NEGATIVE ${atTimeout}.request`]],
    [
      'takes no longer timeout for a backend than for the request, zero included',
      timeouts('0s', '1ns'),
      [`webhook TIMEOUT_ABOVE_REQUEST ${atTimeout}.backendRequest`],
    ],
    [
      'takes no timeout in days, which its schema lets pass',
      timeouts('1d'),
      [`webhook NOT_A_DURATION ${atTimeout}.request`],
    ],
    [
      'takes no timeout with a blank, which its schema lets pass',
      timeouts('1 s'),
      [`webhook NOT_A_DURATION ${atTimeout}.request`],
    ],
    ['takes no timeout without a unit', timeouts('5'), [`schema WRONG_FORM ${atTimeout}.request`]],
    ['takes no empty timeout', timeouts(''), [`schema WRONG_FORM ${atTimeout}.request`]],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('policy.linkerd.io/v1beta3', 'HTTPRoute', spec)).toEqual(expected);
  });

  it.each([
    ['v1beta2', 'has no timeouts, which are dropped', timeouts('nonsense'), []],
    [
      'v1beta2',
      'has ports from 1 to 65535',
      { parentRefs: [{ ...server, port: 0 }] },
      ['schema OUT_OF_RANGE spec.parentRefs[0].port'],
    ],
    ['v1beta1', 'may have any number as the port of a parent', { parentRefs: [{ ...server, port: 0 }] }, []],
    [
      'v1alpha1',
      'needs the name of a backend, for the webhook only',
      rule({ backendRefs: [{ port: 1 }] }),
      ['webhook MISSING spec.rules[0].backendRefs[0].name'],
    ],
    [
      'v1beta2',
      'needs the name of a backend',
      rule({ backendRefs: [{ port: 1 }] }),
      ['schema MISSING spec.rules[0].backendRefs[0].name'],
    ],
  ])('of %s %s', (version, _rule, spec, expected) => {
    expect(faults(`policy.linkerd.io/${version}`, 'HTTPRoute', spec)).toEqual(expected);
  });

  it('with a regular expression that this engine cannot tell of is noted, not refused', () => {
    const spec = path('[a&&b]', 'RegularExpression');
    const metadata = { name: 'x' };
    expect(
      validate({ apiVersion: 'policy.linkerd.io/v1beta3', kind: 'HTTPRoute', metadata, spec }),
    ).toMatchObject({
      violations: [],
      notes: [{ code: 'REGEX_NOT_DECIDED', field: atPath }],
    });
  });
});

describe('the annotations of an HTTPRoute', () => {
  const annotated = (name: string, value: unknown, parent: unknown) =>
    faults('policy.linkerd.io/v1beta3', 'HTTPRoute', { parentRefs: [parent] }, { [name]: value });

  it.each([
    [
      'retry.linkerd.io/limit',
      ['0', '65535', '+3'],
      ['65536', '-1', '1.5', 'three', ''],
      'NOT_A_RETRY_LIMIT',
    ],
    [
      'retry.linkerd.io/http',
      ['5xx', '5XX,gateway-error,429,502-504', '500-500'],
      ['', '5xx, 429', '4xx', '99', '600', '504-502', '500-', '500-502-504'],
      'NOT_A_RETRY_CONDITION',
    ],
    ...[
      'retry.linkerd.io/timeout',
      'timeout.linkerd.io/request',
      'timeout.linkerd.io/response',
      'timeout.linkerd.io/idle',
    ].map(
      (name) =>
        [
          name,
          ['0', '10ms', '1s', '2m', '3h', '4d', ' 5s '],
          ['', '5', '1.5s', '-1s', '1h30m', '10us', '99999999999999999999s'],
          'NOT_A_DURATION',
        ] as const,
    ),
  ] as const)('%s are read where a parent is a Service', (name, good, bad, code) => {
    const refused = [`webhook ${code} metadata.annotations.${name}`];
    expect(good.map((value) => annotated(name, value, service))).toEqual(good.map(() => []));
    expect(bad.map((value) => annotated(name, value, service))).toEqual(bad.map(() => refused));
  });

  it('are read where a parent is an EgressNetwork, and not where it is a Server', () => {
    const refused = ['webhook NOT_A_RETRY_LIMIT metadata.annotations.retry.linkerd.io/limit'];
    expect(annotated('retry.linkerd.io/limit', 'x', { ...egress, port: 1 })).toEqual(refused);
    expect(annotated('retry.linkerd.io/limit', 'x', { ...service, group: '' })).toEqual(refused);
    expect(annotated('retry.linkerd.io/limit', 'x', server)).toEqual([]);
  });
});

/** What holds for the routes of the Gateway API that have backends for requests. */
const backendRows: readonly Row[] = [
  ['may have a Service with a port as backend', rule({ backendRefs: [{ name: 'a', port: 1 }] }), []],
  [
    'needs the port of a Service, for schema and webhook',
    rule({ backendRefs: [{ name: 'a' }] }),
    [
      'schema BACKEND_WITHOUT_PORT spec.rules[0].backendRefs[0].port',
      'webhook BACKEND_WITHOUT_PORT spec.rules[0].backendRefs[0].port',
    ],
  ],
  [
    'needs the port of a Service of the group core, for the webhook only',
    rule({ backendRefs: [{ group: 'core', name: 'a' }] }),
    ['webhook BACKEND_WITHOUT_PORT spec.rules[0].backendRefs[0].port'],
  ],
  ['may have backends of foreign kinds', rule({ backendRefs: [{ group: 'a.b', kind: 'C', name: 'a' }] }), []],
  [
    'takes no filter without its content, and no content of another filter',
    filter({ type: 'RequestHeaderModifier', responseHeaderModifier: {} }),
    [
      `schema FILTER_CONTENT_MISMATCH ${atFilter}.requestHeaderModifier`,
      `schema FILTER_CONTENT_MISMATCH ${atFilter}.responseHeaderModifier`,
    ],
  ],
  [
    'takes no header filter twice',
    filter(
      { type: 'RequestHeaderModifier', requestHeaderModifier: {} },
      { type: 'RequestHeaderModifier', requestHeaderModifier: {} },
    ),
    ['schema FILTER_REPEATED spec.rules[0].filters'],
  ],
  [
    'mirrors only to a Service with a port',
    filter({ type: 'RequestMirror', requestMirror: { backendRef: { name: 'a' } } }),
    [`schema BACKEND_WITHOUT_PORT ${atFilter}.requestMirror.backendRef.port`],
  ],
  [
    'takes no permanent cookie without an end',
    rule({ sessionPersistence: { cookieConfig: { lifetimeType: 'Permanent' } } }),
    ['schema MISSING spec.rules[0].sessionPersistence.absoluteTimeout'],
  ],
  [
    'may list two parts of one parent',
    {
      parentRefs: [
        { ...server, port: 1 },
        { ...server, port: 2 },
      ],
    },
    [],
  ],
  ['takes no parent twice', { parentRefs: [server, server] }, ['schema PARENT_REPEATED spec.parentRefs[1]']],
  [
    'takes no parent as a whole and in part',
    { parentRefs: [server, { ...server, port: 1 }] },
    ['schema PARENT_REPEATED spec.parentRefs[1]'],
  ],
];

describe('an HTTPRoute of the Gateway API', () => {
  const replacePrefix = { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' };
  const prefix = { path: { type: 'PathPrefix', value: '/a' } };

  it.each<Row>([
    ...httpRows,
    ...backendRows,
    [
      'needs a path that starts with a slash, for schema and webhook',
      path('a'),
      [`schema PATH_NOT_ABSOLUTE ${atPath}`, `webhook PATH_NOT_ABSOLUTE ${atPath}`],
    ],
    ...['/a//b', '/a/./b', '/a/../b', '/a/..', '/a/.', '/a%2fb', '/a%2Fb', '/a#b', '/a b', '/a%zz'].map(
      (value): Row => [`takes no path as ${value}`, path(value), [`schema PATH_NOT_NORMAL ${atPath}`]],
    ),
    ['may match any character that is escaped', path('/a%20b;v=1/...'), []],
    [
      'may have filters that Linkerd does not know',
      filter(
        { type: 'RequestMirror', requestMirror: { backendRef: { name: 'a', port: 1 }, percent: 5 } },
        { type: 'URLRewrite', urlRewrite: { hostname: 'a.b' } },
        { type: 'ExtensionRef', extensionRef: { group: 'a.b', kind: 'C', name: 'd' } },
      ),
      [],
    ],
    [
      'takes no redirect beside a rewrite',
      filter({ type: 'RequestRedirect', requestRedirect: {} }, { type: 'URLRewrite', urlRewrite: {} }),
      ['schema FILTERS_EXCLUDE_EACH_OTHER spec.rules[0].filters'],
    ],
    [
      'takes no redirect beside backends',
      rule({
        filters: [{ type: 'RequestRedirect', requestRedirect: {} }],
        backendRefs: [{ name: 'a', port: 1 }],
      }),
      ['schema REDIRECT_WITH_BACKENDS spec.rules[0].filters'],
    ],
    [
      'replaces a prefix that it matches',
      rule({ matches: [prefix], filters: [{ type: 'URLRewrite', urlRewrite: { path: replacePrefix } }] }),
      [],
    ],
    [
      'replaces no prefix of two',
      rule({
        matches: [prefix, prefix],
        filters: [{ type: 'URLRewrite', urlRewrite: { path: replacePrefix } }],
      }),
      ['schema PREFIX_NOT_MATCHED spec.rules[0].matches'],
    ],
    [
      'replaces no prefix of an exact path, in a backend neither',
      rule({
        matches: [{ path: { type: 'Exact', value: '/a' } }],
        backendRefs: [
          {
            name: 'a',
            port: 1,
            filters: [{ type: 'RequestRedirect', requestRedirect: { path: replacePrefix } }],
          },
        ],
      }),
      ['schema PREFIX_NOT_MATCHED spec.rules[0].matches'],
    ],
    [
      'needs the field of a path modifier, and no other',
      filter({
        type: 'URLRewrite',
        urlRewrite: { path: { type: 'ReplaceFullPath', replacePrefixMatch: '/' } },
      }),
      [
        `schema PATH_MODIFIER_MISMATCH ${atFilter}.urlRewrite.path.replaceFullPath`,
        `schema PATH_MODIFIER_MISMATCH ${atFilter}.urlRewrite.path.replacePrefixMatch`,
      ],
    ],
    [
      'may have a backend timeout beside none for the request',
      rule({ timeouts: { request: '0s', backendRequest: '1s' } }),
      [],
    ],
    [
      'takes no longer timeout for a backend than for the request',
      rule({ timeouts: { request: '1s', backendRequest: '1s1ms' } }),
      ['schema TIMEOUT_ABOVE_REQUEST spec.rules[0].timeouts.backendRequest'],
    ],
    [
      'takes no fraction in a timeout',
      rule({ timeouts: { request: '1.5s' } }),
      ['schema WRONG_FORM spec.rules[0].timeouts.request'],
    ],
    [
      'takes no blank in the name of a query',
      match({ queryParams: [{ name: 'a b', value: 'c' }] }),
      ['schema WRONG_FORM spec.rules[0].matches[0].queryParams[0].name'],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('gateway.networking.k8s.io/v1', 'HTTPRoute', spec)).toEqual(expected);
    expect(faults('gateway.networking.k8s.io/v1beta1', 'HTTPRoute', spec)).toEqual(expected);
  });

  it('reads the annotations of Linkerd where a parent is a Service', () => {
    const annotations = { 'retry.linkerd.io/http': '4xx' };
    expect(
      faults('gateway.networking.k8s.io/v1', 'HTTPRoute', { parentRefs: [service] }, annotations),
    ).toEqual(['webhook NOT_A_RETRY_CONDITION metadata.annotations.retry.linkerd.io/http']);
  });
});

describe('a GRPCRoute', () => {
  const method = (content: unknown) => match({ method: content });
  const atMethod = 'spec.rules[0].matches[0].method';

  it.each<Row>([
    ...backendRows,
    ['may match every method', match({}), []],
    ['may match a service', method({ service: 'a.B' }), []],
    ['needs the port of an EgressNetwork', { parentRefs: [egress] }, parentPort],
    [
      'takes no regular expression of methods',
      method({ type: 'RegularExpression', service: 'a.*' }),
      [`webhook METHOD_REGEX_NOT_SUPPORTED ${atMethod}.type`],
    ],
    [
      'needs a service or a method in a match of methods',
      method({}),
      [`schema METHOD_MATCH_EMPTY ${atMethod}`],
    ],
    [
      'takes no other characters in names',
      method({ service: 'a/b', method: 'a.b' }),
      [`schema WRONG_FORM ${atMethod}.service`, `schema WRONG_FORM ${atMethod}.method`],
    ],
    [
      'needs regular expressions of headers that compile',
      match({ headers: [{ name: 'a', value: '(', type: 'RegularExpression' }] }),
      ['webhook NOT_A_REGEX spec.rules[0].matches[0].headers[0].value'],
    ],
    ['has no redirects', filter({ type: 'RequestRedirect' }), [`schema NOT_ONE_OF ${atFilter}.type`]],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('gateway.networking.k8s.io/v1', 'GRPCRoute', spec)).toEqual(expected);
    expect(faults('gateway.networking.k8s.io/v1alpha2', 'GRPCRoute', spec)).toEqual(expected);
  });

  it.each([
    ['retry.linkerd.io/grpc', 'cancelled,Deadline-Exceeded,internal,resource-exhausted,unavailable', []],
    [
      'retry.linkerd.io/grpc',
      'ok',
      ['webhook NOT_A_RETRY_CONDITION metadata.annotations.retry.linkerd.io/grpc'],
    ],
    ['retry.linkerd.io/http', 'nonsense', []],
    [
      'timeout.linkerd.io/request',
      '5',
      ['webhook NOT_A_DURATION metadata.annotations.timeout.linkerd.io/request'],
    ],
  ])('of a Service is judged by %s: %s', (name, value, expected) => {
    const spec = { parentRefs: [service] };
    expect(faults('gateway.networking.k8s.io/v1', 'GRPCRoute', spec, { [name]: value })).toEqual(expected);
  });

  it('without a spec is admitted, and noted', () => {
    const metadata = { name: 'x' };
    expect(
      validate({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GRPCRoute', metadata }),
    ).toMatchObject({
      violations: [],
      notes: [{ code: 'SPEC_NOT_READ', field: 'spec' }],
    });
  });
});

describe.each(['TCPRoute', 'TLSRoute'])('a %s', (kind) => {
  const backends = { backendRefs: [{ name: 'a', port: 1 }] };
  const rules = (...list: unknown[]) => ({ parentRefs: [{ ...egress, port: 443 }], rules: list });

  it.each<Row>([
    ['may have one rule', rules(backends), []],
    ['may have a rule without backends', rules({}), []],
    ['needs rules', { parentRefs: [server] }, ['schema MISSING spec.rules']],
    ['needs one rule', rules(), ['schema TOO_FEW spec.rules', 'webhook NOT_ONE_RULE spec.rules']],
    ['has no second rule', rules(backends, backends), ['webhook NOT_ONE_RULE spec.rules']],
    ['needs the port of an EgressNetwork', { ...rules({}), parentRefs: [egress] }, parentPort],
    [
      'needs a backend in a list of them',
      rules({ backendRefs: [] }),
      ['schema TOO_FEW spec.rules[0].backendRefs'],
    ],
    [
      'needs the port of a Service',
      rules({ backendRefs: [{ name: 'a' }] }),
      ['schema BACKEND_WITHOUT_PORT spec.rules[0].backendRefs[0].port'],
    ],
  ])('%s', (_rule, spec, expected) => {
    expect(faults('gateway.networking.k8s.io/v1alpha2', kind, spec)).toEqual(expected);
  });
});
