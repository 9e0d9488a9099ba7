import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decideApply, desiredStatesFold, type Change } from '@mcp/desired-state';
import { openEmbeddedLog, type EventLog } from '@mcp/event-log';
import type { AnyRecordedEvent } from '@mcp/events';
import { systemClock } from './clock.js';
import { OutcomeRecorder } from './outcome-recorder.js';

describe('an outcome', () => {
  const going = new AbortController().signal;
  let log: EventLog;
  let dataDir: string;
  let recorder: OutcomeRecorder;
  let asked: Change;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'mcp-recorder-'));
    log = await openEmbeddedLog({ dataDir, mesh: 'demo' });
    const fold = desiredStatesFold();
    const states = fold.initial();
    const decision = decideApply(
      {
        changeId: 'c1',
        key: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
        spec: {
          targetRef: { group: 'core', kind: 'Namespace', name: 'shop' },
          requiredAuthenticationRefs: [],
        },
        actor: { name: 'ada', provenBy: 'token' },
        at: 0,
      },
      states,
    );
    if (decision.decision !== 'accepted') throw new Error(decision.decision);
    await log.append({ writes: decision.writes });
    for (const event of await recorded()) fold.evolve(states, event);
    asked = states.changes.get('c1')!;
    const view = { states, caughtUpTo: async () => undefined, onWork: () => () => undefined };
    recorder = new OutcomeRecorder(log, await log.claim('reconciler', 'one'), view, systemClock);
  });

  afterEach(async () => {
    await log.close();
    rmSync(dataDir, { recursive: true });
  });

  async function recorded(): Promise<AnyRecordedEvent[]> {
    const events: AnyRecordedEvent[] = [];
    for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
      events.push(...(batch as readonly AnyRecordedEvent[]));
    return events;
  }

  const typesOfOutcomes = async (): Promise<string[]> => (await recorded()).slice(2).map(({ type }) => type);

  it('is not recorded of a change that has moved on since it was looked at', async () => {
    await recorder.record(asked, [{ type: 'DryRunPassed', data: { revision: 1 } }], going);
    const late = recorder.record(
      asked,
      [{ type: 'ChangeRejected', data: { revision: 1, status: 422, message: 'no' } }],
      going,
    );
    await expect(late).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await typesOfOutcomes()).toEqual(['DryRunPassed']);
  });

  it('is recorded once, however often it is', async () => {
    const passed = [{ type: 'DryRunPassed', data: { revision: 1 } }] as const;
    await recorder.record(asked, passed, going);
    await recorder.record(asked, passed, going);
    expect(await typesOfOutcomes()).toEqual(['DryRunPassed']);
  });

  it('is recorded even when the process is about to end', async () => {
    await recorder.record(asked, [{ type: 'DryRunPassed', data: { revision: 1 } }], AbortSignal.abort());
    expect(await typesOfOutcomes()).toEqual(['DryRunPassed']);
  });
});
