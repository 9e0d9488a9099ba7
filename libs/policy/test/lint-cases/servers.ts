import {
  authorizationPolicy,
  externalWorkload,
  httpRoute,
  networkAuthentication,
  port,
  ref,
  selector,
  serverAuthorization,
  serverOf,
  viewOf,
  workload,
} from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of } from './lint-case.js';

const app = selector({ app: 'web' });
const labels = { app: 'web' };
const expression = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', values?: readonly string[]) =>
  selector({}, { matchExpressions: [{ key: 'app', operator, ...(values && { values }) }] });

export const serverCases: readonly LintCase[] = [
  {
    rule: 'a Server that governs a port has nothing wrong',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { selector: app, port: 'http' })],
        workloads: [workload('shop', 'web', { labels }), workload('shop', 'api', { labels: { app: 'api' } })],
      },
    }),
    findings: [],
    without: ['LNK101', 'LNK103', 'LNK104', 'LNK105', 'LNK106', 'LNK107'],
  },
  {
    rule: 'a Server selects nothing where no pod has its labels',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { selector: app })],
        workloads: [workload('shop', 'api', { labels: { app: 'api' } })],
      },
    }),
    findings: [
      finding('LNK101', of('Server', 'web'), 'spec.podSelector', 'no pod of namespace shop has these labels'),
    ],
  },
  {
    rule: 'a Server of external workloads does not select pods',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { selects: 'externalWorkloads', selector: app })],
        workloads: [workload('shop', 'web', { labels })],
      },
    }),
    findings: [
      finding(
        'LNK101',
        of('Server', 'web'),
        'spec.externalWorkloadSelector',
        'no external workload of namespace shop has these labels',
      ),
    ],
  },
  {
    rule: 'a Server of external workloads selects one',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { selects: 'externalWorkloads', selector: app })],
        workloads: [externalWorkload('shop', 'web', { labels })],
      },
    }),
    findings: [],
    without: ['LNK101'],
  },
  {
    rule: 'whether a Server selects nothing is not said where pods are not live',
    view: viewOf(
      { shop: { Server: [serverOf('shop', 'web', { selector: app })] } },
      { notLive: new Map([['Pod', 'stale']]) },
    ),
    findings: [],
    without: ['LNK101'],
  },
  {
    rule: 'whether a Server selects nothing is not said where it is not known what a pod is',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { selector: app })],
        workloads: [{ ...workload('shop', 'web', { labels: {} }), shapelessPods: 1 }],
      },
    }),
    findings: [],
    without: ['LNK101'],
  },
  {
    rule: 'nothing is said of Servers that may have changed by now',
    view: viewOf(
      { shop: { Server: [serverOf('shop', 'web', { selector: app })] } },
      { notLive: new Map([['Server', 'stale']]) },
    ),
    findings: [],
    without: ['LNK101'],
  },
  {
    rule: 'an expression with the wrong number of values never holds',
    view: viewOf({
      shop: {
        Server: [
          serverOf('shop', 'a', { selector: expression('In') }),
          serverOf('shop', 'b', { selector: expression('NotIn') }),
          serverOf('shop', 'c', { selector: expression('Exists', []) }),
          serverOf('shop', 'd', { selector: expression('DoesNotExist', ['web']) }),
          serverOf('shop', 'e', { selector: expression('In', []) }),
        ],
        ServerAuthorization: [
          serverAuthorization(
            'shop',
            'any',
            { selector: expression('Exists', []) },
            { unauthenticated: true, networks: [{ cidr: '10.0.0.0/8', except: [] }] },
          ),
        ],
      },
    }),
    findings: [
      finding('LNK102', of('Server', 'a'), 'spec.podSelector.matchExpressions[0]', 'In has no values'),
      finding('LNK102', of('Server', 'b'), 'spec.podSelector.matchExpressions[0]', 'NotIn has no values'),
      finding(
        'LNK102',
        of('Server', 'c'),
        'spec.podSelector.matchExpressions[0]',
        'Exists has a list of values',
      ),
      finding(
        'LNK102',
        of('Server', 'd'),
        'spec.podSelector.matchExpressions[0]',
        'DoesNotExist has a list of values',
      ),
      finding('LNK102', of('Server', 'e'), 'spec.podSelector.matchExpressions[0]', 'In has no values'),
      finding(
        'LNK102',
        of('ServerAuthorization', 'any'),
        'spec.server.selector.matchExpressions[0]',
        'Exists has a list of values',
      ),
      finding(
        'LNK206',
        of('ServerAuthorization', 'any'),
        'spec.server.selector',
        'no Server of namespace shop has these labels',
      ),
    ],
  },
  {
    rule: 'expressions of every operator can hold',
    view: viewOf({
      shop: {
        Server: [
          serverOf('shop', 'a', { selector: expression('In', ['web']), port: 1 }),
          serverOf('shop', 'b', { selector: expression('NotIn', ['api']), port: 2 }),
          serverOf('shop', 'c', { selector: expression('Exists'), port: 3 }),
          serverOf('shop', 'd', { selector: expression('DoesNotExist'), port: 4 }),
        ],
        workloads: [workload('shop', 'web', { labels }), workload('shop', 'other')],
      },
    }),
    findings: [],
    without: ['LNK102'],
  },
  {
    rule: 'a port name is declared by nobody, or not for TCP',
    view: viewOf({
      shop: {
        Server: [
          serverOf('shop', 'dns', { port: 'dns' }),
          serverOf('shop', 'grpc', { port: 'grpc' }),
          serverOf('shop', 'number', { port: '80' }),
        ],
        workloads: [workload('shop', 'web', { ports: [port(80, 'http'), port(53, 'dns', 'UDP')] })],
      },
    }),
    findings: [
      finding('LNK103', of('Server', 'dns'), 'spec.port', 'port dns is declared, and not for TCP'),
      finding(
        'LNK103',
        of('Server', 'grpc'),
        'spec.port',
        'no port named grpc is declared by shop/Deployment/web',
      ),
      finding('LNK104', of('Server', 'number'), 'spec.port', '"80" is the name of a port, which no port has'),
    ],
  },
  {
    rule: 'the older of two Servers governs a port, of equals the first by name',
    view: viewOf({
      shop: {
        Server: [
          serverOf('shop', 'b', { port: 80 }, { createdAt: 2_000 }),
          serverOf('shop', 'c', { port: 'http' }, { createdAt: 1_000 }),
          serverOf('shop', 'd', { port: 80, selector: app }, { createdAt: 1_000 }),
        ],
        workloads: [workload('shop', 'web', { labels })],
      },
    }),
    findings: [
      finding(
        'LNK105',
        of('Server', 'b'),
        'spec.port',
        'Server c governs port 80 of shop/Deployment/web, since it is older',
      ),
      finding(
        'LNK105',
        of('Server', 'd'),
        'spec.port',
        'Server c governs port 80 of shop/Deployment/web, since it is as old and its name comes first',
      ),
    ],
  },
  {
    rule: 'Servers do not overlap where no pod has the labels of both',
    view: viewOf({
      shop: {
        Server: [
          serverOf('shop', 'a', { selector: app }),
          serverOf('shop', 'b', { selector: selector({ tier: 'x' }) }),
        ],
        workloads: [workload('shop', 'web', { labels }), workload('shop', 'x', { labels: { tier: 'x' } })],
      },
    }),
    findings: [],
    without: ['LNK105'],
  },
  {
    rule: 'which Server wins is not said where one cannot be read',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'a'), serverOf('shop', 'b')],
        unreadable: [
          {
            key: { kind: 'Server', namespace: 'shop', name: 'c' },
            problem: { code: 'X', field: '', message: 'no spec' },
          },
        ],
        workloads: [workload('shop', 'web')],
      },
    }),
    findings: [finding('LNK801', of('Server', 'c'), '', 'no spec')],
    without: ['LNK105'],
  },
  {
    rule: 'a Server governs ports and pods on which nothing is enforced',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'dns', { port: 53 }), serverOf('shop', 'web', { port: 80 })],
        workloads: [
          workload('shop', 'a', {
            annotations: { 'config.linkerd.io/skip-inbound-ports': '80' },
            ports: [port(53, 'dns', 'UDP')],
          }),
          workload('shop', 'b', { meshed: false, governed: false }),
          workload('shop', 'c', { meshed: false }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK106',
        of('Server', 'dns'),
        'spec.port',
        'port 53 of shop/Deployment/a: declared, and not for TCP',
      ),
      finding(
        'LNK106',
        of('Server', 'web'),
        'spec.port',
        'port 80 of shop/Deployment/a: the port bypasses the proxy',
      ),
      ...['dns', 'web'].map((name) =>
        finding(
          'LNK107',
          of('Server', name),
          '',
          'shop/Deployment/b, shop/Deployment/c: pods without the proxy',
        ),
      ),
    ],
  },
  {
    rule: 'authorizations add nothing beside an accessPolicy that admits everyone',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'own', ref('Server', 'web'), [ref('ServiceAccount', 'default')]),
          authorizationPolicy('shop', 'route', ref('HTTPRoute', 'all'), [ref('ServiceAccount', 'default')]),
          authorizationPolicy('shop', 'space', ref('Namespace', 'shop'), [ref('ServiceAccount', 'default')]),
        ],
        HTTPRoute: [httpRoute('shop', 'all', ['web'], [{ path: { type: 'PathPrefix', value: '/' } }])],
        workloads: [workload('shop', 'web')],
      },
    }),
    findings: [
      finding(
        'LNK108',
        of('Server', 'web'),
        'spec.accessPolicy',
        'everyone is admitted by accessPolicy all-unauthenticated; AuthorizationPolicy own, AuthorizationPolicy route add nothing',
      ),
    ],
  },
  {
    rule: 'an authorization adds nothing beside a policy that admits everyone',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'open', ref('Server', 'web'), [ref('NetworkAuthentication', 'all')]),
          authorizationPolicy('shop', 'own', ref('Server', 'web'), [ref('ServiceAccount', 'default')]),
        ],
        NetworkAuthentication: [networkAuthentication('shop', 'all', '0.0.0.0/0', '::/0')],
        workloads: [workload('shop', 'web')],
      },
    }),
    findings: [
      finding(
        'LNK108',
        of('Server', 'web'),
        '',
        'everyone is admitted by AuthorizationPolicy open; AuthorizationPolicy own adds nothing',
      ),
    ],
  },
  {
    rule: 'an authorization adds something beside audit, and beside a network',
    view: viewOf({
      shop: {
        Server: [
          serverOf('shop', 'a', { accessPolicy: 'audit', port: 1 }),
          serverOf('shop', 'b', { accessPolicy: 'cluster-unauthenticated', port: 2 }),
        ],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'a', ref('Server', 'a'), [ref('ServiceAccount', 'default')]),
          authorizationPolicy('shop', 'b', ref('Server', 'b'), [ref('ServiceAccount', 'default')]),
        ],
        workloads: [workload('shop', 'web')],
      },
    }),
    findings: [],
    without: ['LNK108'],
  },
];
