import { describe, expect, it } from '@jest/globals';
import { SimulateChangeResponse } from '@mcp/contracts';
import { desiredStatesFold, type DesiredKey, type DesiredStates } from '@mcp/desired-state';
import type { MeshGraph } from '@mcp/graph';
import type { Following } from '../following.js';
import { ChangeImpact } from './change-impact.js';

const web: DesiredKey = { kind: 'Server', namespace: 'shop', name: 'web' };
const api: DesiredKey = { kind: 'Server', namespace: 'shop', name: 'api' };

function changing(states: DesiredStates, key: DesiredKey, ...open: readonly string[]): void {
  const object = { key, revision: 1, changeId: 'c1', reached: false, open, forgottenUpTo: 0 };
  states.objects.set('other', object);
}

/** What a change of one object comes to, where something else goes on while it is simulated. */
async function impactsWhile(
  before: (states: DesiredStates) => void,
  during: (states: DesiredStates) => void,
) {
  const states = desiredStatesFold().initial();
  before(states);
  const reached = () => Promise.resolve();
  const impact = new ChangeImpact(
    { head: async () => ({ log: 'log', sequence: 1, digest: '' }) },
    { reached } as unknown as Following<MeshGraph>,
    { reached, now: { state: states } } as unknown as Following<DesiredStates>,
    {
      simulate: async () => {
        during(states);
        return SimulateChangeResponse.encode(SimulateChangeResponse.fromPartial({})).finish();
      },
    },
  );
  const { impacts } = await impact.assess([{ key: web }], new AbortController().signal);
  return impacts.map(({ code }) => code);
}

const nothing = () => undefined;

describe('the impact of a change', () => {
  it('is not known where a change beside it is under way, was when it was looked at, or has begun since', async () => {
    const begins = (states: DesiredStates) => changing(states, api, 'c1');
    const ends = (states: DesiredStates) => changing(states, api);
    expect(await impactsWhile(nothing, nothing)).toEqual([]);
    expect(await impactsWhile(begins, nothing)).toEqual(['UNKNOWN_IMPACT']);
    expect(await impactsWhile(begins, ends)).toEqual(['UNKNOWN_IMPACT']);
    expect(await impactsWhile(nothing, begins)).toEqual(['UNKNOWN_IMPACT']);
  });
});
