import { describe, expect, it } from '@jest/globals';
import type { ServicePort } from '@mcp/mesh';
import { namespace, service } from '../../test/mesh-samples.js';
import { podsBehind, podsOf, servicePort } from './service-target.js';
import type { Endpoint, PodGroupView, WorkloadView } from '../view.js';

function group(labels: Record<string, string>, ports: Endpoint['ports'] = []): PodGroupView {
  const endpoint: Endpoint = {
    kind: 'Pod',
    labels,
    annotations: {},
    ports,
    probes: [],
    meshed: true,
    governed: true,
    runsAs: { serviceAccount: 'default' },
  };
  return { endpoint, pods: [{ name: 'web-1', createdAt: 1, ips: [] }] };
}
const named = (name: string, number: number, protocol = 'TCP') => ({
  container: 'main',
  init: false,
  name,
  number,
  protocol,
});
const ref = { namespace: 'shop', kind: 'Deployment', name: 'web' };
const workload = (...groups: readonly PodGroupView[]): WorkloadView => ({ ref, groups, shapelessPods: 0 });
const behind = (workloads: readonly WorkloadView[], selector: Record<string, string>, port: ServicePort) =>
  podsBehind({ ...namespace('shop'), workloads }, { ...service('shop', 'web'), selector }, port);
const port = (targetPort: number | string): ServicePort => ({ number: 80, protocol: 'TCP', targetPort });

describe('a Service leads to', () => {
  it('the pods that have all the labels of its selector, at the number that it names', () => {
    const both = group({ app: 'web', track: 'a' });
    const one = group({ app: 'web' });
    expect(behind([workload(both, one)], { app: 'web', track: 'a' }, port(8080))).toEqual([
      { workload: ref, group: both, port: 8080 },
    ]);
  });

  it('the port that each pod calls by the name that it asks for, of the same protocol', () => {
    const before = group({ app: 'web' }, [named('http', 53, 'UDP'), named('http', 8080)]);
    const after = group({ app: 'web' }, [named('http', 9090)]);
    const without = group({ app: 'web' }, [named('admin', 9090)]);
    expect(behind([workload(before, after, without)], { app: 'web' }, port('http'))).toEqual([
      { workload: ref, group: before, port: 8080 },
      { workload: ref, group: after, port: 9090 },
      { workload: ref, group: without, port: undefined },
    ]);
  });

  it('nothing that is known where it has no selector', () => {
    expect(behind([workload(group({ app: 'web' }))], {}, port(8080))).toEqual([]);
  });
});

it('a port of a Service is found by number and by name, and is TCP', () => {
  const http = { name: 'http', number: 80, protocol: 'TCP', targetPort: 8080 };
  const dns = { name: 'dns', number: 53, protocol: 'UDP', targetPort: 53 };
  const web = { ...service('shop', 'web'), ports: [dns, http] };
  expect([80, 'http', 53, 'dns', 8080].map((asked) => servicePort(web, asked))).toEqual([
    http,
    http,
    undefined,
    undefined,
    undefined,
  ]);
});

it('a workload has every port by number, and by name the one that it declares', () => {
  const plain = group({});
  const declaring = group({}, [named('http', 8080)]);
  expect(podsOf(workload(plain, declaring), 1)).toEqual([
    { workload: ref, group: plain, port: 1 },
    { workload: ref, group: declaring, port: 1 },
  ]);
  expect(podsOf(workload(plain, declaring), 'http')).toEqual([
    { workload: ref, group: plain, port: undefined },
    { workload: ref, group: declaring, port: 8080 },
  ]);
});
