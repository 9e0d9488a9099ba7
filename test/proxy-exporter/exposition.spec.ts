import { describe, expect, it } from '@jest/globals';
import { Exposition } from './exposition.js';
import { Generator } from './generator.js';
import { batch, redis, voting, web } from './mesh/pods.js';
import { samplesOf, sumOf } from './page/exposed-samples.js';
import type { DecisionTruth } from './truth.js';

function mesh() {
  let now = 1_787_000_000_000;
  const exposition = new Exposition(new Generator({ now: () => now }));
  const { generator } = exposition;
  return {
    exposition,
    generator,
    pass: (seconds: number) => void (now += seconds * 1000),
    page: (pod: { readonly name: string }) => exposition.page(pod.name),
    flow: (name: string) => generator.truth().flows.find(({ flow }) => flow === name),
    denied: (pod: string): readonly DecisionTruth[] =>
      generator.truth().decisions.filter((decision) => decision.pod === pod && decision.what === 'denied'),
  };
}

const denials = 'inbound_http_authz_deny_total';

describe('a proxy that restarts', () => {
  it('counts from 0, and the truth does not', () => {
    const { exposition, generator, pass, page, denied } = mesh();
    pass(100);
    exposition.commit({ kind: 'restarted', pod: voting.name });
    expect(sumOf(page(voting), denials)).toBeUndefined();
    pass(10);
    expect(sumOf(page(voting), denials)).toBe(5);
    expect(page(voting)).toContain('process_start_time_seconds 1787000100\n');
    expect(denied(voting.name)).toMatchObject([{ count: 55 }]);
    const proxy = generator.truth().proxies.find(({ pod }) => pod === voting.name);
    expect(proxy?.startedAt).toBe(1_787_000_100_000);
  });

  it('has its connections made anew, at both ends', () => {
    const { exposition, pass, page, flow } = mesh();
    pass(10);
    exposition.commit({ kind: 'restarted', pod: redis.name });
    const open = ['tcp_open_connections', 'peer="dst"', 'target_port="6379"'] as const;
    expect(sumOf(page(voting), ...open)).toBe(1);
    expect(sumOf(page(redis), 'tcp_open_connections', 'peer="src"', 'voting')).toBe(1);
    expect(sumOf(page(redis), 'tcp_open_total', 'peer="src"', 'voting')).toBe(1);
    expect(sumOf(page(voting), 'tcp_open_total', 'peer="dst"', 'target_port="6379"')).toBe(2);
    expect(flow('voting>redis')).toMatchObject({ counts: { opened: 2, closed: 1 }, openConnections: 1 });
  });

  it('may be of another release', () => {
    const { exposition, pass, page } = mesh();
    exposition.commit({ kind: 'restarted', pod: web.name, release: '2.16' });
    pass(10);
    expect(page(web)).toContain('version="2.246.0"');
    expect(page(web)).not.toContain('srv_port');
  });
});

describe('series without events', () => {
  it('go after ten minutes, and come back from 0', () => {
    const { exposition, pass, page, flow } = mesh();
    pass(100);
    page(web);
    exposition.commit({ kind: 'paced', flow: 'web>legacy-api', times: 0 });
    const legacy = ['response_total', 'dst_deployment="legacy-api"'] as const;
    pass(599);
    expect(sumOf(page(web), ...legacy)).toBe(40);
    pass(2);
    expect(sumOf(page(web), ...legacy)).toBeUndefined();
    exposition.commit({ kind: 'burst', flow: 'web>legacy-api', n: 3 });
    expect(sumOf(page(web), ...legacy)).toBe(3);
    expect(flow('web>legacy-api')).toMatchObject({ counts: { success: 43 } });
  });

  it('go at once on command, but for open connections and for what no proxy drops', () => {
    const { exposition, pass, page } = mesh();
    pass(10);
    page(voting);
    exposition.commit({ kind: 'paced', flow: 'web>voting', times: 0 });
    exposition.commit({ kind: 'paced', flow: 'voting>redis', times: 0 });
    pass(1);
    page(voting);
    exposition.commit({ kind: 'evicted', pod: voting.name, idleMs: 500 });
    expect(sumOf(page(voting), 'response_total', 'client_id="web.')).toBeUndefined();
    expect(sumOf(page(voting), 'tcp_open_connections', 'peer="dst"', '6379')).toBe(1);
    expect(sumOf(page(voting), 'inbound_http_authz_allow_total', 'client_id="web.')).toBe(10);
  });
});

describe('a flow', () => {
  it('bursts: requests, denials, and denied connections', () => {
    const { exposition, page, denied } = mesh();
    for (const flow of ['web>emoji', 'batch>voting', 'batch>redis'])
      exposition.commit({ kind: 'burst', flow, n: 1000 });
    expect(sumOf(page(web), 'response_total', 'dst_deployment="emoji"')).toBe(1000);
    expect(sumOf(page(voting), denials)).toBe(1000);
    expect(sumOf(page(redis), 'inbound_tcp_authz_deny_total')).toBe(1000);
    expect(sumOf(page(batch), 'response_total', 'grpc_status="7"')).toBe(1000);
    expect([...denied(voting.name), ...denied(redis.name)].map(({ count }) => count)).toEqual([1000, 1000]);
  });

  it('loses its mesh TLS, at both ends', () => {
    const { exposition, pass, page, flow } = mesh();
    const name = 'vote-bot-6d7677bb68-zwc2v>web';
    pass(10);
    exposition.commit({ kind: 'unsecured', flow: name });
    pass(10);
    const client = page({ name: 'vote-bot-6d7677bb68-zwc2v' });
    expect(sumOf(client, 'response_total', 'authority=', 'tls="true"')).toBe(10);
    expect(sumOf(client, 'response_total', 'authority=', 'tls="no_identity"')).toBe(10);
    expect(sumOf(page(web), 'response_total', 'client_id="default.')).toBe(30);
    expect(flow(name)).toMatchObject({ overMesh: false, counts: { success: 18, failure: 2, overMesh: 10 } });
  });

  it('is denied by a Server, and let in again', () => {
    const { exposition, pass, page } = mesh();
    const name = 'vote-bot-6d7677bb68-zwc2v>web';
    const denied = () => sumOf(page(web), 'inbound_http_authz_deny_total', 'srv_name="web-http"');
    pass(10);
    exposition.commit({ kind: 'denied', flow: name, server: 'web-http' });
    pass(10);
    exposition.commit({ kind: 'admitted', flow: name });
    pass(10);
    expect(denied()).toBe(10);
    expect(
      exposition.generator.truth().decisions.filter(({ server }) => server.name === 'web-http'),
    ).toMatchObject([{ what: 'denied', count: 10, client: { kind: 'identity' } }]);
  });

  it('keeps its mesh TLS where policy would then decide otherwise', () => {
    const { exposition } = mesh();
    expect(() => exposition.commit({ kind: 'unsecured', flow: 'web>voting' })).toThrow(/web>voting/);
  });
});

describe('a page', () => {
  it.each([
    ['unreachable', { kind: 'unreachable' }],
    ['forbidden', { kind: 'page', status: 403, body: '' }],
    ['garbage', { kind: 'page', status: 200, type: 'text/html' }],
  ] as const)('is %s until it answers again', (kind, answer) => {
    const { exposition } = mesh();
    exposition.commit({ kind, pod: web.name });
    expect(exposition.answer(web.name)).toMatchObject(answer);
    exposition.commit({ kind: 'answers', pod: web.name });
    expect(exposition.answer(web.name)).toMatchObject({ status: 200, type: 'text/plain', delayMs: 0 });
  });

  it('may be slow, and large', () => {
    const { exposition, page } = mesh();
    exposition.commit({ kind: 'slow', pod: web.name, delayMs: 300 });
    exposition.commit({ kind: 'large', pod: web.name, lines: 70_000 });
    const answer = exposition.answer(web.name);
    expect(answer).toMatchObject({ delayMs: 300 });
    const lines = samplesOf(answer.kind === 'page' ? answer.body : '');
    expect(lines.size - samplesOf(page(web)).size).toBe(70_000);
  });

  it('may have absurd values, of one family', () => {
    const { exposition, pass, page } = mesh();
    pass(10);
    exposition.commit({ kind: 'overwritten', pod: web.name, family: 'response_total', value: '-1' });
    expect(sumOf(page(web), 'response_total', 'dst_deployment="emoji"')).toBe(-1);
    expect(sumOf(page(web), 'request_total', 'dst_deployment="emoji"')).toBe(20);
    exposition.commit({ kind: 'overwritten', pod: web.name, family: 'response_total', value: '' });
    expect(sumOf(page(web), 'response_total', 'dst_deployment="emoji"')).toBe(20);
  });
});

it('names the pod or the flow that is not there', () => {
  const { exposition } = mesh();
  expect(() => exposition.commit({ kind: 'garbage', pod: 'nobody' })).toThrow(/nobody/);
  expect(() => exposition.commit({ kind: 'burst', flow: 'a>b', n: 1 })).toThrow(/a>b/);
});
