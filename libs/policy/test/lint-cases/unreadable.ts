import type { UnreadablePolicy } from '../../src/view.js';
import { meshOf, namespace } from '../mesh-samples.js';
import { authorizationPolicy, httpRoute, ref, serverOf, viewOf, workload } from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of } from './lint-case.js';

const bad: UnreadablePolicy = {
  key: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'p' },
  problem: { code: 'WRONG_TYPE', field: 'spec.targetRef', message: 'spec.targetRef is not an object' },
};

const shop = meshOf([namespace('shop', {}, { unreadable: [bad] })]);

const everything = httpRoute('shop', 'r', ['web'], [{ path: { type: 'PathPrefix', value: '/' } }]);
const conditions = everything.conditions.map((condition) => ({ ...condition, status: 'Unknown' }));

export const unreadableCases: readonly LintCase[] = [
  {
    rule: 'an object that cannot be read is told of, with what is wrong with it',
    view: shop,
    findings: [
      finding('LNK801', of('AuthorizationPolicy', 'p'), 'spec.targetRef', 'spec.targetRef is not an object'),
    ],
  },
  {
    rule: 'an object that could not be read may be gone, where its kind is not live',
    view: { ...shop, notLive: new Map([['AuthorizationPolicy', 'disconnected']]) },
    findings: [],
    without: ['LNK801'],
  },
  {
    rule: 'a route that is left open because of one that cannot be read may be in use, and so may a policy for it',
    view: viewOf({
      shop: {
        workloads: [workload('shop', 'web')],
        Server: [serverOf('shop', 'web')],
        HTTPRoute: [{ ...everything, conditions }],
        AuthorizationPolicy: [
          authorizationPolicy('shop', 'a', ref('HTTPRoute', 'r'), [ref('ServiceAccount', 'default')]),
        ],
        serviceAccounts: ['default'],
      },
    }),
    findings: [],
    without: ['LNK403', 'LNK304'],
  },
];
