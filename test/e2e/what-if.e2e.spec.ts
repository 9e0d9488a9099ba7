import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  DenialKind,
  Effect,
  ListDenialsRequest,
  type ListDenialsResponse,
  SimulateChangeRequest,
  type SimulateChangeResponse,
} from '@mcp/contracts';
import { naiveDecider } from '../policy-agreement/naive-decider.js';
import { answerOf } from './answer-of.js';
import { AppsOnSimulation } from './apps-on-simulation.js';
import { eventually } from './eventually.js';

let system: AppsOnSimulation;

beforeAll(async () => {
  // its proxies decide by rules that were written apart from those that foretell it; nothing moves but its calls
  system = await AppsOnSimulation.open({
    mesh: { decider: naiveDecider },
    collector: { MCP_TRAFFIC_POLL_SECONDS: '1' },
  });
}, 120_000);

afterAll(() => system.close());

/** What was counted until now is recorded: a reading that began since was taken, for there is another. */
async function isRecorded(): Promise<void> {
  const readings = () =>
    system.apps.collector.count('mcp_collector_traffic_readings_total', 'outcome="whole"');
  const before = await readings();
  await eventually(readings, (now) => now >= before + 3);
}

/** A job that calls once an hour does so in the twelfth step. */
function anHour(): void {
  for (let step = 0; step < 13; step += 1) system.mesh.step();
}

const strictLedger = {
  apiVersion: 'policy.linkerd.io/v1beta3',
  kind: 'Server',
  metadata: { namespace: 'ledger', name: 'ledger-http' },
  spec: {
    podSelector: { matchLabels: { app: 'ledger' } },
    port: 'http',
    proxyProtocol: 'HTTP/1',
    accessPolicy: 'deny',
  },
};

function simulate(): Promise<SimulateChangeResponse> {
  const request = SimulateChangeRequest.fromPartial({
    yaml: JSON.stringify(strictLedger),
    delete: [{ kind: 'AuthorizationPolicy', namespace: 'ledger', name: 'auditors' }],
  });
  return answerOf((done) => system.policies.simulateChange(request, system.caller, system.soon(), done));
}

function denials(): Promise<ListDenialsResponse> {
  const request = ListDenialsRequest.fromPartial({ kinds: [DenialKind.DENIAL_KIND_DENIED] });
  return answerOf((done) => system.traffic.listDenials(request, system.caller, system.soon(), done));
}

async function denied(): Promise<readonly string[]> {
  const { denials: found } = await denials();
  return found
    .map(
      ({ client, workload, port }) =>
        `${client?.identity ?? ''} at ${workload?.namespace}/${workload?.name}:${port}`,
    )
    .sort();
}

const identity = (account: string): string => `${account}.serviceaccount.identity.linkerd.cluster.local`;

/** Who calls the ledger and is let in by audit mode, or by the policy that is to go; by hand. */
const toBeCut = [
  `${identity('orders.shop')} at ledger/ledger:8080`,
  `${identity('report.ledger')} at ledger/ledger:8080`,
].sort();

it('names exactly the callers that a change cuts, and exactly those turn denied', async () => {
  // counters are compared with those of the poll before
  await isRecorded();
  anHour();
  const impactsOf = ({ impacts }: SimulateChangeResponse, effect: Effect): readonly string[] =>
    impacts
      .filter((impact) => impact.effect === effect)
      .map(
        ({ client, workload, port }) =>
          `${client?.identity ?? ''} at ${workload?.namespace}/${workload?.name}:${port}`,
      )
      .sort();
  const foretold = await eventually(
    simulate,
    (answer) => impactsOf(answer, Effect.EFFECT_CUT).length >= toBeCut.length,
    150_000,
  );
  expect(impactsOf(foretold, Effect.EFFECT_CUT)).toEqual(toBeCut);
  expect(impactsOf(foretold, Effect.EFFECT_UNKNOWN)).toEqual([]);
  const ledger = foretold.coverage.find(({ workload }) => workload?.name === 'ledger');
  expect(ledger).toMatchObject({ impactKnown: false, code: 'LESS_THAN_A_DAY' });
  for (const { allowed, lastSeen } of foretold.impacts.filter(({ effect }) => effect === Effect.EFFECT_CUT)) {
    expect(allowed).toBeGreaterThan(0);
    expect(lastSeen).toBeInstanceOf(Date);
  }

  const before = await denied();
  const { metadata } = strictLedger;
  const applied = await fetch(
    `${system.mesh.url}/apis/policy.linkerd.io/v1beta3/namespaces/${metadata.namespace}/servers/${metadata.name}?fieldManager=e2e&force=true`,
    {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify(strictLedger),
    },
  );
  expect(applied.status).toBe(200);
  const deleted = await fetch(
    `${system.mesh.url}/apis/policy.linkerd.io/v1alpha1/namespaces/ledger/authorizationpolicies/auditors`,
    { method: 'DELETE' },
  );
  expect(deleted.status).toBe(200);
  anHour();
  const newlyDenied = async (): Promise<readonly string[]> =>
    (await denied()).filter((each) => !before.includes(each));
  await eventually(newlyDenied, (found) => found.length >= toBeCut.length, 60_000);
  // whoever else is cut has had the time to call
  anHour();
  await isRecorded();
  expect(await newlyDenied()).toEqual(toBeCut);
}, 300_000);
