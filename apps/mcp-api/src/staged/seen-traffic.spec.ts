import { beforeEach, describe, expect, it } from '@jest/globals';
import { telemetrySubject, type TelemetryState } from '@mcp/events';
import { meshGraphFold } from '@mcp/graph';
import type { Following } from '../following.js';
import type { MeshGraph } from '@mcp/graph';
import { SeenTraffic } from './seen-traffic.js';

const signal = new AbortController().signal;
const position = { log: 'log', sequence: 1, digest: '' };

let graph: MeshGraph;
let now: number;
let atWork: boolean;
let seen: SeenTraffic;
let events: number;

beforeEach(() => {
  [graph, now, atWork, events] = [meshGraphFold.initial(), 100_000, true, 0];
  const following = {
    get now() {
      return { state: graph, position, recordedAt: 0 };
    },
    reached: () => Promise.resolve(),
  } as unknown as Following<MeshGraph>;
  const collector = {
    get presence() {
      return { atWork, lastSeen: undefined };
    },
  };
  seen = new SeenTraffic({ head: () => Promise.resolve(position) }, following, collector, () => now);
});

function said(phase: TelemetryState['phase'], at: number): void {
  events += 1;
  graph = meshGraphFold.evolve(graph, {
    ...{ id: `e${events}`, type: 'TelemetryChanged', version: 1, subject: telemetrySubject },
    ...{ occurredAt: at, recordedAt: at, subjectVersion: events, position },
    actor: { name: 'collector', provenBy: 'component' },
    data: { phase, reason: '', lastAt: at },
  });
}

describe('traffic is seen', () => {
  it('since telemetry was said to be live, also where more is said of it later', async () => {
    expect(await seen.since(signal)).toBeUndefined();
    said('live', 50_000);
    expect(await seen.since(signal)).toBe(50_000);
    said('live', 99_000);
    expect(await seen.since(signal)).toBe(50_000);
  });

  it('anew after a gap, and after a time in which no collector was at work', async () => {
    said('live', 50_000);
    await seen.since(signal);
    said('gap', 60_000);
    expect(await seen.since(signal)).toBeUndefined();
    said('live', 70_000);
    expect(await seen.since(signal)).toBe(70_000);
    atWork = false;
    expect(await seen.since(signal)).toBeUndefined();
    expect(await seen.unseen()).toBe('no collector is at work');
  });

  it('since the log said so last, where nobody asked for a while', async () => {
    said('live', 50_000);
    await seen.since(signal);
    said('gap', 60_000);
    said('live', 70_000);
    now += 10_001;
    expect(await seen.since(signal)).toBe(70_000);
  });
});
