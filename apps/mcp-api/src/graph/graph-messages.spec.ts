import { describe, expect, it } from '@jest/globals';
import { EdgeRate, GetMeshGraphResponse, WatchMeshGraphResponse } from '@mcp/contracts';
import type { GraphEntity } from '@mcp/graph';
import { entityToProto } from '../to-proto/entity.to-proto.js';
import { encodeEntity } from './encoded-entity.js';
import {
  chunkMessage,
  deltaMessage,
  heartbeatMessage,
  openingMessage,
  pageMessage,
  runsOf,
  skippedMessage,
} from './graph-messages.js';

const namespaces: readonly GraphEntity[] = ['blog', 'shop'].map((name) => ({
  kind: 'Namespace',
  key: `Namespace/${name}`,
  namespaces: [name],
  value: { name, labels: { team: name }, annotations: {} },
}));
const encoded = namespaces.map(encodeEntity);
const entities = namespaces.map(entityToProto);
const at = { position: 'log.7.abc', recordedAt: 1_700_000_000_123 };
const recordedAt = new Date(at.recordedAt);

// The same message written by the generated code must have the same bytes.
const collector = { atWork: false, lastSeen: new Date(1_000) };
const blank = { sources: [], collector, nextPageToken: '', telemetry: undefined };

describe('a message that is put together from encoded entities reads as the generated code would have written it', () => {
  it('for a delta', () => {
    const delta = { upserted: entities, removed: ['a', 'b'] };
    const removed = ['a', 'b'].map((key) => ({ key, namespaces: [] }));
    expect(WatchMeshGraphResponse.decode(deltaMessage({ upserted: encoded, removed }, at))).toEqual({
      position: at.position,
      recordedAt,
      message: { $case: 'delta', delta },
    });
  });

  it('for a chunk of a snapshot', () => {
    const snapshot = { entities, first: false, last: false, resync: false, resyncReason: '' };
    expect(WatchMeshGraphResponse.decode(chunkMessage(encoded, undefined))).toEqual({
      position: '',
      recordedAt: undefined,
      message: { $case: 'snapshot', snapshot },
    });
  });

  it('for the last chunk of a snapshot, which tells its place', () => {
    const snapshot = { entities: [], first: false, last: true, resync: false, resyncReason: '' };
    expect(WatchMeshGraphResponse.decode(chunkMessage([], at))).toEqual({
      position: at.position,
      recordedAt,
      message: { $case: 'snapshot', snapshot },
    });
  });

  it('for what has no entities', () => {
    const none = { position: '', recordedAt: undefined };
    const opening = { entities: [], first: true, last: false, resync: true, resyncReason: 'lost' };
    expect(
      [openingMessage('lost'), skippedMessage(7), heartbeatMessage('p', collector)].map((bytes) =>
        WatchMeshGraphResponse.decode(bytes),
      ),
    ).toEqual([
      { ...none, message: { $case: 'snapshot', snapshot: opening } },
      { ...none, message: { $case: 'skipped', skipped: { deltas: 7 } } },
      { ...none, position: 'p', message: { $case: 'heartbeat', heartbeat: { collector } } },
    ]);
  });

  it('for a page', () => {
    const page = { ...blank, position: at.position, recordedAt, nextPageToken: 'next' };
    const rate = { edge: 'Edge/a>b:1', sample: { successPerSecond: 12 } };
    const seen = { asOf: new Date(1), windowMs: 2, proxiesSeen: 3, meshedPods: 4 };
    const expected: GetMeshGraphResponse = { ...page, jsonGraph: '', entities, rates: undefined };
    expect(GetMeshGraphResponse.decode(pageMessage(page, encoded))).toEqual(expected);
    const rates = { seen, encoded: [EdgeRate.encode(rate).finish()] };
    expect(GetMeshGraphResponse.decode(pageMessage(page, encoded, rates))).toMatchObject({
      ...expected,
      rates: { seen, rates: [rate] },
    });
  });
});

describe('entities are cut into runs', () => {
  const sized = (...sizes: number[]) =>
    sizes.map((size, index) => ({ ...encoded[0]!, key: String(index), bytes: new Uint8Array(size) }));
  const keys = (...sizes: number[]) =>
    [...runsOf(sized(...sizes), 1_000)].map((run) => run.map(({ key }) => key).join());

  it.each([
    ['nothing gives no run', [], []],
    ['as many as fit', [300, 300, 300], ['0,1', '2']],
    ['one that fits nowhere goes alone', [100, 5_000, 100], ['0', '1', '2']],
  ])('%s', (_rule, sizes, runs) => {
    expect(keys(...sizes)).toEqual(runs);
  });

  it('none of which is larger, as a message, than was asked for', () => {
    const page = { ...blank, position: 'p'.repeat(100), recordedAt };
    const lengths = [...runsOf(sized(...Array.from({ length: 200 }, (_, n) => n)), 1_000)].map(
      (run) => pageMessage(page, run).byteLength,
    );
    expect(Math.max(...lengths)).toBeLessThanOrEqual(1_000);
  });
});
