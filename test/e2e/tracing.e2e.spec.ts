import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Phase } from '@mcp/contracts';
import { OtlpReceiver } from '@mcp/testing';
import { AppsOnSimulation } from './apps-on-simulation.js';
import { eventually } from './eventually.js';

const targetRef = { group: 'policy.linkerd.io', kind: 'Server', name: 'cart-http' };
const spec = JSON.stringify({ targetRef, requiredAuthenticationRefs: [] });
const called = 'mcp.v1.MeshContext/ApplyAuthorizationPolicy';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';

let receiver: OtlpReceiver;
let system: AppsOnSimulation;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  system = await AppsOnSimulation.open({ all: { MCP_OTLP_URL: receiver.url } });
}, 120_000);

afterAll(async () => {
  await system.close();
  await receiver.close();
}, 60_000);

const traceOf = (id: string) => receiver.spans.filter((span) => span.traceId === id);

const spansOf = (changeId: string) =>
  receiver.spans.filter(({ attributes }) => attributes['mcp.change'] === changeId);

const apply = async (name: string): Promise<string> => {
  const { changeId } = await system.apply({ name, jsonSpec: spec });
  await system.reaches(changeId, Phase.PHASE_CONVERGED);
  return changeId;
};

describe('a change that is traced', () => {
  it('is one trace over three processes, from the caller to the cluster as desired', async () => {
    system.caller.set('traceparent', `00-${traceId}-${callersSpan}-01`);
    const changeId = await apply('traced').finally(() => system.caller.remove('traceparent'));

    const find = (name: string) => traceOf(traceId).find((span) => span.name === name);
    await eventually(
      async () =>
        [called, 'apply change', 'observe change', 'await convergence'].filter((name) => !find(name)),
      (missing) => missing.length === 0,
    );
    const told = (name: string) => {
      const { service, parent, fault } = find(name) ?? {};
      return { service, parent, fault };
    };
    const under = (name: string) => find(name)?.spanId;
    expect(told(called)).toEqual({ service: 'mcp-api', parent: callersSpan, fault: undefined });
    expect(told('apply change')).toEqual({ service: 'reconciler', parent: under(called), fault: undefined });
    expect(told('observe change')).toEqual({
      service: 'collector',
      parent: under('apply change'),
      fault: undefined,
    });
    expect(told('await convergence')).toEqual({
      service: 'mcp-api',
      parent: under(called),
      fault: undefined,
    });
    expect(find('apply change')?.attributes).toMatchObject({ 'mcp.change': changeId, 'mcp.revision': 1 });
    expect(spansOf(changeId).map((span) => span.traceId)).toEqual([traceId, traceId]);
  }, 180_000);

  it('begins a trace of its own where the caller has none, and fails where the change does', async () => {
    const policies = `${system.mesh.url}/apis/policy.linkerd.io/v1alpha1/namespaces/shop/authorizationpolicies`;
    const ofAnother = {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'of-another', namespace: 'shop' },
      spec: { targetRef, requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'default' }] },
    };
    const created = await fetch(`${policies}?fieldManager=somebody`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ofAnother),
    });
    expect(created.status).toBe(201);
    const { changeId } = await system.apply({ name: 'of-another', jsonSpec: spec });
    await system.reaches(changeId, Phase.PHASE_CONFLICTED);
    const spans = await eventually(
      async () => spansOf(changeId),
      (found) => found.length === 2,
    );
    expect(spans.map(({ fault }) => fault !== undefined)).toEqual([true, true]);
    const { traceId: begun = '' } = spans[0] ?? {};
    const first = await eventually(
      async () => traceOf(begun).find(({ parent }) => parent === undefined),
      (found) => found !== undefined,
    );
    expect(first?.name).toBe(called);
  }, 180_000);
});

it('changes converge while no spans can be sent, which is counted', async () => {
  receiver.mood = 'failing';
  await apply('untold');
  for (const app of Object.values(system.apps)) {
    const failed = await eventually(
      () => app.count('mcp_process_spans_total', 'end="failed"'),
      (spans) => spans > 0,
    );
    expect(failed).toBeGreaterThan(0);
  }
  receiver.mood = 'well';
  const told = await apply('told-again');
  const spans = await eventually(
    async () => spansOf(told),
    (found) => found.length === 2,
  );
  expect(spans.map(({ fault }) => fault)).toEqual([undefined, undefined]);
}, 180_000);

it('a receiver that does not answer does not keep the apps from ending', async () => {
  receiver.mood = 'mute';
  await apply('never-told');
  for (const app of Object.values(system.apps)) expect(await app.stop()).toBe(0);
}, 180_000);
