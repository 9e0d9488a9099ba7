import { port, serverOf, viewOf, workload } from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, ofDeployment, ofNamespace } from './lint-case.js';

const policy = 'config.linkerd.io/default-inbound-policy';
const opaque = 'config.linkerd.io/opaque-ports';
const identity = 'config.linkerd.io/proxy-require-identity-inbound-ports';
const field = (name: string) => `metadata.annotations[${name}]`;

export const annotationCases: readonly LintCase[] = [
  {
    rule: 'annotations that act have nothing wrong',
    view: viewOf({
      shop: {
        annotations: { [policy]: 'deny' },
        Server: [serverOf('shop', 'db', { port: 3306, proxyProtocol: 'opaque' })],
        workloads: [
          workload('shop', 'web', {
            annotations: { [policy]: 'deny', [opaque]: '3306, 5000-5010', [identity]: '80' },
          }),
          workload('shop', 'plain', { meshed: false, governed: false, ports: [port(9, 'x')] }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK107',
        { kind: 'object', key: { kind: 'Server', namespace: 'shop', name: 'db' } },
        '',
        'shop/Deployment/plain: pods without the proxy',
      ),
    ],
    without: ['LNK601', 'LNK602', 'LNK603', 'LNK604', 'LNK605', 'LNK606'],
  },
  {
    rule: 'values that Linkerd does not take are told, of pods and of what they will be given',
    view: viewOf({
      shop: {
        annotations: { [policy]: 'Deny' },
        workloads: [
          workload(
            'shop',
            'web',
            { annotations: { [policy]: 'Deny', [opaque]: '80,http', [identity]: '90-80' } },
            { annotations: { [policy]: 'Deny', [opaque]: '80,http' }, labels: { version: 'new' } },
          ),
        ],
      },
    }),
    findings: [
      finding('LNK601', ofNamespace('shop'), field(policy), '"Deny" is no policy'),
      finding('LNK601', ofDeployment('web'), field(policy), '"Deny" is no policy'),
      finding('LNK602', ofDeployment('web'), field(opaque), '"http" is no port and no range of ports'),
      finding('LNK602', ofDeployment('web'), field(identity), '"90-80" is no port and no range of ports'),
    ],
  },
  {
    rule: 'an annotation of a Namespace does not act on pods that were there before',
    view: viewOf({
      shop: {
        annotations: { [policy]: 'deny' },
        workloads: [
          workload('shop', 'old'),
          workload('shop', 'other', { annotations: { [policy]: 'audit' } }),
          workload('shop', 'plain', { meshed: false, governed: false }),
        ],
      },
    }),
    findings: [
      finding(
        'LNK603',
        ofDeployment('old'),
        field(policy),
        'namespace shop says "deny", and the pods are older than that',
      ),
      finding('LNK604', ofDeployment('other'), field(policy), 'namespace shop says "deny", the pods "audit"'),
    ],
  },
  {
    rule: 'what a Namespace says may have changed where Namespaces are not live',
    view: viewOf(
      { shop: { annotations: { [policy]: 'deny', [opaque]: 'x' }, workloads: [workload('shop', 'old')] } },
      { notLive: new Map([['Namespace', 'stale']]) },
    ),
    findings: [],
    without: ['LNK602', 'LNK603'],
  },
  {
    rule: 'a Server overrules annotations that list its port',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        workloads: [workload('shop', 'web', { annotations: { [opaque]: '80', [identity]: '80' } })],
      },
    }),
    findings: [
      finding(
        'LNK605',
        ofDeployment('web'),
        field(opaque),
        'port 80 is governed by Server web, with proxyProtocol HTTP/1',
      ),
      finding('LNK605', ofDeployment('web'), field(identity), 'port 80 is governed by Server web'),
    ],
  },
  {
    rule: 'a proxy that the policy controller does not know has no policy',
    view: viewOf({ shop: { workloads: [workload('shop', 'web', { governed: false })] } }),
    findings: [
      finding(
        'LNK606',
        ofDeployment('web'),
        'metadata.labels',
        'the label linkerd.io/control-plane-ns is missing',
      ),
    ],
  },
];
