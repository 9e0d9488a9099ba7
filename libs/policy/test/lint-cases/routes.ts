import { toServer } from '../mesh-samples.js';
import {
  authorizationPolicy,
  endpoint,
  grpcRoute,
  httpRoute,
  probe,
  ref,
  serverOf,
  viewOf,
  withoutStatus,
  workload,
} from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of, ofDeployment } from './lint-case.js';

const shop = { Server: [serverOf('shop', 'web')], workloads: [workload('shop', 'web')] };
const grpcShop = { ...shop, Server: [serverOf('shop', 'web', { proxyProtocol: 'gRPC' })] };
const prefix = (value: string) => ({ path: { type: 'PathPrefix' as const, value } });
const pattern = (value: string) => ({ path: { type: 'RegularExpression' as const, value } });
const method = { method: { type: 'Exact' as const, service: 'shop.Cart', method: 'Add' } };
const probed = { probes: [probe('/live'), probe('ready', 'http')] };
const account = [ref('ServiceAccount', 'default')];

export const routeCases: readonly LintCase[] = [
  {
    rule: 'a route that takes every request has nothing wrong',
    view: viewOf({
      shop: {
        ...shop,
        HTTPRoute: [httpRoute('shop', 'all', ['web'], [prefix('/')])],
      },
    }),
    findings: [],
    without: ['LNK401', 'LNK402', 'LNK403', 'LNK404', 'LNK406', 'LNK408'],
  },
  {
    rule: 'a GRPCRoute that takes every call has nothing wrong',
    view: viewOf({ shop: { ...grpcShop, GRPCRoute: [grpcRoute('shop', 'all', ['web'])] } }),
    findings: [],
    without: ['LNK402', 'LNK404', 'LNK405', 'LNK406'],
  },
  {
    rule: 'a route that cannot be used is dropped, accepted or not',
    view: viewOf({
      shop: {
        ...shop,
        HTTPRoute: [
          httpRoute('shop', 'a', ['web'], [], { parentRefs: [toServer('web', { port: 80 })] }),
          withoutStatus(httpRoute('shop', 'b', ['web'], [prefix('relative')])),
          httpRoute('shop', 'c', [], [prefix('relative')]),
        ],
      },
    }),
    findings: [
      finding(
        'LNK401',
        of('HTTPRoute', 'a'),
        'spec.parentRefs[0].port',
        'a Server parent may not name a port; the status says Accepted nevertheless',
      ),
      finding(
        'LNK401',
        of('HTTPRoute', 'b'),
        'spec.rules[0].matches[0].path.value',
        'the path does not start with a slash',
      ),
    ],
  },
  {
    rule: 'a route has no effect on another protocol',
    view: viewOf({
      shop: {
        ...shop,
        Server: [
          serverOf('shop', 'opaque', { proxyProtocol: 'opaque' }),
          serverOf('shop', 'grpc', { proxyProtocol: 'gRPC', port: 81 }),
        ],
        HTTPRoute: [httpRoute('shop', 'a', ['opaque', 'grpc'], [prefix('/')])],
      },
    }),
    findings: [
      finding(
        'LNK402',
        of('HTTPRoute', 'a'),
        'spec.parentRefs',
        'Server grpc has proxyProtocol gRPC, for which a HTTPRoute has no effect',
      ),
      finding(
        'LNK402',
        of('HTTPRoute', 'a'),
        'spec.parentRefs',
        'Server opaque has proxyProtocol opaque, for which a HTTPRoute has no effect',
      ),
    ],
  },
  {
    rule: 'a route that is not accepted is inactive',
    view: viewOf({
      shop: { ...shop, HTTPRoute: [withoutStatus(httpRoute('shop', 'a', ['web'], [prefix('/')]))] },
    }),
    findings: [
      finding(
        'LNK403',
        of('HTTPRoute', 'a'),
        'status',
        'the policy controller has not accepted it for Server web',
      ),
    ],
  },
  {
    rule: 'a GRPCRoute of any namespace evicts HTTPRoutes',
    view: viewOf({
      shop: {
        ...shop,
        HTTPRoute: [withoutStatus(httpRoute('shop', 'a', ['web'], [prefix('/')]))],
        GatewayHTTPRoute: [withoutStatus(httpRoute('shop', 'b', ['web'], [prefix('/')]))],
      },
      bank: {
        GRPCRoute: [
          grpcRoute('bank', 'calls', ['web'], [], { parentRefs: [toServer('web', { namespace: 'shop' })] }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK401',
        of('GRPCRoute', 'calls', 'bank'),
        'spec.parentRefs[0].namespace',
        'a Server of another namespace cannot be a parent; the status says Accepted nevertheless',
      ),
      finding(
        'LNK404',
        of('GRPCRoute', 'calls', 'bank'),
        'spec.parentRefs',
        'on Server shop/web it evicts HTTPRoute a, b',
      ),
    ],
  },
  {
    rule: 'a gRPC match without a method makes the proxies refuse the policy, in a route that is in use',
    view: viewOf({
      shop: {
        ...grpcShop,
        GRPCRoute: [
          grpcRoute('shop', 'a', ['web'], [method, {}]),
          withoutStatus(grpcRoute('shop', 'b', ['web'], [{}])),
        ],
      },
    }),
    findings: [
      finding(
        'LNK403',
        of('GRPCRoute', 'b'),
        'status',
        'the policy controller has not accepted it for Server web',
      ),
      finding(
        'LNK405',
        of('GRPCRoute', 'a'),
        'spec.rules[0].matches[1].method',
        'it makes the proxies refuse the policy of Server web',
      ),
    ],
  },
  {
    rule: 'what no route matches gets 404',
    view: viewOf({
      shop: { ...shop, HTTPRoute: [httpRoute('shop', 'cart', ['web'], [prefix('/cart')])] },
      bank: {
        Server: [serverOf('bank', 'web', { proxyProtocol: 'gRPC' })],
        workloads: [{ ...workload('bank', 'web') }],
        GRPCRoute: [grpcRoute('bank', 'calls', ['web'], [method])],
      },
    }),
    findings: [
      finding(
        'LNK406',
        of('Server', 'web', 'bank'),
        '',
        'requests that GRPCRoute calls does not match get 404',
      ),
      finding('LNK406', of('Server', 'web'), '', 'requests that HTTPRoute cart does not match get 404'),
    ],
  },
  {
    rule: 'probes pass where no route is attached, on paths with a slash',
    view: viewOf({ shop: { ...shop, workloads: [workload('shop', 'web', { probes: [probe('/live')] })] } }),
    findings: [],
    without: ['LNK407'],
  },
  {
    rule: 'probes pass through a route that admits everyone',
    view: viewOf({
      shop: {
        ...shop,
        workloads: [workload('shop', 'web', probed)],
        HTTPRoute: [httpRoute('shop', 'all', ['web'], [prefix('/')])],
        AuthorizationPolicy: [authorizationPolicy('shop', 'open', ref('HTTPRoute', 'all'))],
      },
    }),
    findings: [
      finding(
        'LNK302',
        of('AuthorizationPolicy', 'open'),
        'spec.requiredAuthenticationRefs',
        'it requires no authentication',
      ),
    ],
    without: ['LNK407'],
  },
  {
    rule: 'a probe on a path without a slash is refused where nobody else is admitted',
    view: viewOf({ shop: { ...shop, workloads: [workload('shop', 'web', probed)] } }),
    findings: [
      finding(
        'LNK407',
        ofDeployment('web'),
        '',
        'probe GET /ready on port 80 of shop/Deployment/web is refused (403) by Server web',
      ),
    ],
  },
  {
    rule: 'the first route refuses probes that it does not take, and those whose senders it does not admit',
    view: viewOf({
      shop: {
        ...shop,
        workloads: [workload('shop', 'web', probed)],
        HTTPRoute: [httpRoute('shop', 'live', ['web'], [prefix('/live')])],
        AuthorizationPolicy: [authorizationPolicy('shop', 'live', ref('HTTPRoute', 'live'), account)],
      },
    }),
    findings: [
      finding('LNK406', of('Server', 'web'), '', 'requests that HTTPRoute live does not match get 404'),
      finding(
        'LNK407',
        ofDeployment('web'),
        '',
        'probe GET /live on port 80 of shop/Deployment/web is refused (403) by Server web',
      ),
      finding(
        'LNK407',
        ofDeployment('web'),
        '',
        'probe GET /ready on port 80 of shop/Deployment/web is refused (404) by Server web',
      ),
    ],
  },
  {
    rule: 'a probe is refused by a Server that does not speak HTTP, and by a default policy',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { proxyProtocol: 'opaque' })],
        workloads: [
          workload('shop', 'web', {
            ...endpoint(probed),
            annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' },
            probes: [probe('/live'), probe('ready', 9090)],
          }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK407',
        ofDeployment('web'),
        '',
        'probe GET /live on port 80 of shop/Deployment/web is refused (403) by Server web',
      ),
      finding(
        'LNK407',
        ofDeployment('web'),
        '',
        'probe GET /ready on port 9090 of shop/Deployment/web is refused (403) by the policy deny',
      ),
    ],
  },
  {
    rule: 'whether a probe is refused is not said where its headers could matter',
    view: viewOf({
      shop: {
        ...shop,
        Server: [serverOf('shop', 'web'), serverOf('shop', 'hosted', { port: 81 })],
        workloads: [workload('shop', 'web', { probes: [probe('/live'), probe('/live', 81)] })],
        HTTPRoute: [
          httpRoute(
            'shop',
            'a',
            ['web'],
            [{ ...prefix('/'), headers: [{ type: 'Exact', name: 'x-probe', value: 'yes' }] }],
          ),
          httpRoute('shop', 'b', ['hosted'], [prefix('/')], { hostnames: ['shop.example.org'] }),
        ],
      },
    }),
    findings: [
      finding('LNK406', of('Server', 'hosted'), '', 'requests that HTTPRoute b does not match get 404'),
      finding('LNK406', of('Server', 'web'), '', 'requests that HTTPRoute a does not match get 404'),
    ],
    without: ['LNK407'],
  },
  {
    rule: 'whether a probe is refused is not said where routes are not live',
    view: viewOf(
      { shop: { ...shop, workloads: [workload('shop', 'web', { probes: [probe('live')] })] } },
      { notLive: new Map([['GatewayHTTPRoute', 'stale']]) },
    ),
    findings: [],
    without: ['LNK407'],
  },
  {
    rule: 'an expression that this product does not decide is told',
    view: viewOf({
      shop: {
        ...shop,
        HTTPRoute: [
          httpRoute('shop', 'a', ['web'], [{ path: { type: 'RegularExpression', value: '/[a&&b]' } }]),
        ],
      },
    }),
    findings: [
      finding(
        'LNK408',
        of('HTTPRoute', 'a'),
        '',
        'spec.rules[0].matches[0].path.value of HTTPRoute shop/a: an operation on classes',
      ),
    ],
  },
  {
    rule: 'a probe is refused by a route that no request may meet, as long as it asks for no headers',
    view: viewOf({
      shop: {
        ...shop,
        workloads: [workload('shop', 'web', { probes: [probe('/live')] })],
        HTTPRoute: [httpRoute('shop', 'odd', ['web'], [{ path: { type: 'Exact', value: '/a b' } }])],
      },
    }),
    findings: [
      finding('LNK406', of('Server', 'web'), '', 'requests that HTTPRoute odd does not match get 404'),
      finding(
        'LNK407',
        ofDeployment('web'),
        '',
        'probe GET /live on port 80 of shop/Deployment/web is refused (404) by Server web',
      ),
    ],
  },
  {
    rule: 'a pattern of which every match lacks the slash that a path begins with is told',
    view: viewOf({
      shop: {
        ...shop,
        HTTPRoute: [
          httpRoute('shop', 'a', ['web'], [prefix('/'), pattern('users/.*'), pattern('(?i)x|y')]),
          httpRoute('shop', 'b', ['web'], [pattern('.*/users'), pattern('(/a)?'), pattern('\\*')]),
        ],
      },
    }),
    findings: [
      finding(
        'LNK409',
        of('HTTPRoute', 'a'),
        'spec.rules[0].matches[1].path.value',
        'no path matches it as a whole: a path begins with a slash',
      ),
      finding(
        'LNK409',
        of('HTTPRoute', 'a'),
        'spec.rules[0].matches[2].path.value',
        'no path matches it as a whole: a path begins with a slash',
      ),
    ],
  },
  {
    rule: 'a pattern that begins with a slash has nothing wrong',
    view: viewOf({
      shop: { ...shop, HTTPRoute: [httpRoute('shop', 'a', ['web'], [prefix('/'), pattern('/users/.*')])] },
    }),
    findings: [],
    without: ['LNK409'],
  },
];
