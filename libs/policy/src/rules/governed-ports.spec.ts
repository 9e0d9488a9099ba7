import { describe, expect, it } from '@jest/globals';
import { allowedBy, ask, bytes, client, defaultRef, get, underDefault } from '../../test/answers.js';
import { endpoint, externalWorkload, port, viewOf } from '../../test/mesh-view.js';
import type { Target } from '../answers/decide.js';
import { evaluate } from '../answers/decide.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { AccessRequest } from '../question.js';
import type { Boundary } from '../verdict.js';
import type { Endpoint } from '../view.js';

const mesh = viewOf({});
const external = externalWorkload('shop', 'vm').groups[0]!.endpoint;
const skip = (ports: string) => endpoint({ annotations: { 'config.linkerd.io/skip-inbound-ports': ports } });
/** What the annotation says was written after the pod was made. */
const told = (inbound: string) =>
  endpoint({
    skippedPorts: { inbound, outbound: '' },
    annotations: { 'config.linkerd.io/skip-inbound-ports': '80' },
  });
const decision = (of: Endpoint, at = 80, request: Exclude<AccessRequest, { kind: 'any' }> = get()) => {
  const target: Target = { namespace: 'shop', endpoint: of, port: at };
  return evaluate(new PolicyIndex(mesh), target, client('none'), request);
};
const notEnforced = (boundary: Boundary) => ({
  verdict: 'not-enforced',
  boundary,
  creditedAnyOf: [],
  satisfied: [],
  unknown: [],
});

describe('policy does not act', () => {
  it.each([
    ['on a pod that the controller does not know', 'not-governed', endpoint({ governed: false }), 80],
    ['on a workload without the proxy', 'not-meshed', endpoint({ meshed: false }), 80],
    ['on a port that the pod skips', 'port-bypasses-proxy', skip('79,80-81'), 80],
    ['on the ports that are skipped where the pod has no list', 'port-bypasses-proxy', endpoint(), 4567],
    ['on the last of them too', 'port-bypasses-proxy', endpoint(), 4568],
    ['on a port that linkerd-init was told to skip', 'port-bypasses-proxy', told('4190,4191,3306'), 3306],
    ['on the tap port', 'port-bypasses-proxy', endpoint(), 4190],
    ['on the tap port of an external workload', 'port-bypasses-proxy', external, 4190],
  ] as const)('%s: %s', (_, boundary, of, at) => {
    expect(decision(of, at)).toEqual(notEnforced(boundary));
  });

  it('on bytes for a port that is declared for another protocol only', () => {
    const udp = endpoint({ ports: [port(80, 'http', 'UDP')] });
    expect(decision(udp, 80, bytes)).toEqual(notEnforced('not-tcp'));
  });
});

describe('policy acts', () => {
  it.each([
    ['on a port that nobody declares', endpoint(), 9_999],
    ['on the admin port of the proxy', endpoint(), 4191],
    ['on the admin port, which linkerd-init is always told to skip', told('4190,4191'), 4191],
    ['on the admin port, where the list of the pod has it', skip('4191'), 4191],
    ['on a port that linkerd-init was not told to skip, whatever the annotation says', told('4190,4191'), 80],
    ['on 4567, where linkerd-init was not told to skip it', told('4190,4191'), 4567],
    ['on 4567, where the list of the pod does not have it', skip('80'), 4567],
    ['on 4567 of an external workload', external, 4567],
    [
      'on an HTTP request, whatever the port is declared for',
      endpoint({ ports: [port(80, 'a', 'UDP')] }),
      80,
    ],
    ['on a port that is declared for TCP as well', endpoint({ ports: [port(80, 'a', 'UDP'), port(80)] }), 80],
  ] as const)('%s', (_, of, at) => {
    expect(ask(mesh, { endpoint: of, port: at })).toEqual(
      allowedBy([defaultRef('all-unauthenticated')], underDefault('all-unauthenticated')),
    );
  });
});

it.each([
  ['annotation config.linkerd.io/skip-inbound-ports', skip('80,http')],
  ['argument --inbound-ports-to-ignore of linkerd-init', told('4190,4191,http')],
])('whether policy acts is not known where the ports to skip cannot be read: %s', (where, of) => {
  expect(decision(of)).toEqual({
    verdict: 'unknown',
    creditedAnyOf: [],
    satisfied: [],
    unknown: [
      {
        code: 'SETTING_UNREAD',
        message: `${where} has "http", which is no port: which ports bypass the proxy is not known`,
      },
    ],
  });
});
