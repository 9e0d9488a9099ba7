import { describe, expect, it } from '@jest/globals';
import { desiredStatesFold, type DesiredKey, type DesiredStates } from '@mcp/desired-state';
import { changeSubject, desiredSubject, type AnyRecordedEvent, type NewEvent } from '@mcp/events';
import type { OpenSpan, SpanOptions } from '@mcp/runtime';
import type { Following } from '../following.js';
import { ConvergenceSpans } from './convergence-spans.js';

const key: DesiredKey = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' };
const spec = { targetRef: { group: '', kind: 'Server', name: 'web' }, requiredAuthenticationRefs: [] };
const wish = { key, traceparent: 'of the call' };
const accepted = (duplicate = false) => ({ changes: [{ changeId: 'c1', key, revision: 1 }], duplicate });

/** Spans over desired states that the test moves. */
function following() {
  const fold = desiredStatesFold();
  const states = fold.initial();
  let sequence = 0;
  let moved: () => void = () => undefined;
  const record = (subject: string, event: Pick<NewEvent, 'type' | 'data'>): void => {
    sequence += 1;
    const position = { log: 'l', sequence, digest: '' };
    const actor = { name: 'ada', provenBy: 'none' } as const;
    const envelope = {
      id: `e${sequence}`,
      version: 1,
      occurredAt: 0,
      recordedAt: 0,
      subjectVersion: 1,
      actor,
    };
    fold.evolve(states, { ...envelope, ...event, subject, position } as AnyRecordedEvent);
    moved();
  };
  const desired = {
    get now() {
      return { state: states, position: { log: 'l', sequence, digest: '' } };
    },
    movedFrom: (_from: unknown, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        moved = resolve;
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  } as unknown as Following<DesiredStates>;
  const spans: { options: SpanOptions; fault: unknown; ended: boolean }[] = [];
  const start = (_name: string, options: SpanOptions): OpenSpan => {
    const span = { options, fault: undefined as unknown, ended: false };
    spans.push(span);
    return { traceparent: 'of the span', end: (fault) => Object.assign(span, { fault, ended: true }) };
  };
  const convergence = new ConvergenceSpans(desired, { start });
  const stop = new AbortController();
  const done = convergence.run(stop.signal);
  return {
    spans,
    convergence,
    ask: () => {
      record(changeSubject('c1'), {
        type: 'ChangeRequested',
        data: { changeId: 'c1', key, spec, revision: 1 },
      });
      record(desiredSubject(key), { type: 'DesiredStateSet', data: { changeId: 'c1', key, spec } });
    },
    reject: () =>
      record(changeSubject('c1'), {
        type: 'ChangeRejected',
        data: { revision: 1, status: 422, message: 'not so' },
      }),
    end: async () => {
      stop.abort();
      await done;
    },
  };
}

describe('the span of an accepted change', () => {
  it('is open until the change ends, and fails as it does', async () => {
    const { spans, convergence, ask, reject, end } = following();
    // the answer may be there before its event was read
    convergence.follow(accepted(), wish);
    ask();
    expect(spans).toMatchObject([{ ended: false, options: { parent: 'of the call' } }]);
    reject();
    await end();
    expect(spans).toMatchObject([{ ended: true, fault: 'rejected: not so' }]);
  });

  it('is one, however often it is asked for', async () => {
    const { spans, convergence, ask, reject, end } = following();
    ask();
    convergence.follow(accepted(), wish);
    convergence.follow(accepted(), wish);
    reject();
    convergence.follow(accepted(true), wish);
    await end();
    expect(spans).toHaveLength(1);
  });

  it('fails with the end of the process', async () => {
    const { spans, convergence, ask, end } = following();
    ask();
    convergence.follow(accepted(), wish);
    await end();
    expect(spans).toMatchObject([{ fault: 'this process ended before the change did' }]);
  });
});
