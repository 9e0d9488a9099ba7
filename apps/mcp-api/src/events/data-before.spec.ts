import { describe, expect, it } from '@jest/globals';
import { desiredStatesFold } from '@mcp/desired-state';
import type { AnyRecordedEvent } from '@mcp/events';
import { dataBefore } from './data-before.js';

const states = desiredStatesFold().initial();

const told = (subjectVersion: number, phase: 'live' | 'stale'): AnyRecordedEvent => ({
  ...{ id: `${subjectVersion}`, type: 'SourceStateChanged', version: 1, occurredAt: 1, recordedAt: 1 },
  ...{ subject: 'source-state/Pod', subjectVersion, actor: { name: 'test', provenBy: 'component' } },
  position: { log: 'l', sequence: subjectVersion, digest: '' },
  data: { kind: 'Pod', phase, reason: '' },
});

describe('what was before an event', () => {
  it('is what the one before it said', () => {
    expect(dataBefore(told(2, 'stale'), told(1, 'live'), states)).toMatchObject({ phase: 'live' });
  });

  it('is nothing for the first of its subject, or the first since it came back', () => {
    expect(dataBefore(told(1, 'live'), undefined, states)).toBeUndefined();
    expect(dataBefore(told(1, 'live'), told(7, 'stale'), states)).toBeUndefined();
  });
});
