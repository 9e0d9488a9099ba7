import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Phase } from '@mcp/contracts';
import { SentinelTrio } from '@mcp/testing';
import { AppsOnSimulation } from './apps-on-simulation.js';
import { eventually } from './eventually.js';

const changesOfEachHalf = 15;
const spec = JSON.stringify({
  targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'cart-http' },
  requiredAuthenticationRefs: [],
});

let trio: SentinelTrio;
let system: AppsOnSimulation;

beforeAll(async () => {
  trio = await SentinelTrio.start({ replicas: 2, settings: { appendfsync: 'always' } });
  // each that may be promoted
  system = await AppsOnSimulation.open({ redis: trio, all: { MCP_REDIS_REPLICAS: '2' } });
}, 120_000);

afterAll(() => system.close());

const ask = (name: string) =>
  system.apply({ name, jsonSpec: spec, idempotencyKey: `of-${name}`, reason: 'a failover in between' });

it('a master that is killed under a run of changes takes none with it that was accepted', async () => {
  const accepted = new Map<string, string>();
  let refused = 0;
  /** One after the other, each with its own key until it is accepted. */
  const run = async (half: string): Promise<void> => {
    for (let nth = 0; nth < changesOfEachHalf; nth += 1) {
      const name = `${half}-${nth}`;
      const { changeId } = await eventually(
        () =>
          ask(name).catch((error: unknown) => {
            refused += 1;
            throw error;
          }),
        ({ accepted: done }) => done,
      );
      accepted.set(name, changeId);
    }
  };
  await run('before');
  const after = run('after');
  const { killed } = await trio.failOver();
  // two replicas must have each change: none is accepted until the old master is one of them
  await killed.restart();
  await after;

  expect(accepted.size).toBe(2 * changesOfEachHalf);
  expect(new Set(accepted.values()).size).toBe(accepted.size);
  // the failover was felt
  expect(refused).toBeGreaterThan(0);
  for (const [name, changeId] of accepted) {
    const change = await system.reaches(changeId, Phase.PHASE_CONVERGED);
    expect(change?.object?.name).toBe(name);
  }
}, 180_000);
