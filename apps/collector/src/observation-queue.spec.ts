import { describe, expect, it } from '@jest/globals';
import type { ServiceAccountState } from '@mcp/mesh';
import type { ObservedObject } from '@mcp/sources';
import { ObservationQueue } from './observation-queue.js';

const account = (name: string, uid: string): ObservedObject => {
  const state: ServiceAccountState = { namespace: 'shop', name, uid, createdAt: 1 };
  return {
    kind: 'ServiceAccount',
    key: { kind: 'ServiceAccount', namespace: 'shop', name },
    resourceVersion: uid,
    state,
  };
};
const never = new AbortController().signal;

describe('the observation queue', () => {
  it('holds the newest observation of each object, in the place of its first: one that changes without end has its turn', async () => {
    const queue = new ObservationQueue(() => true);
    queue.observed(account('web', 'u1'));
    queue.observed(account('api', 'u2'));
    const newest = { ...account('web', 'u1'), resourceVersion: '9' };
    queue.observed(newest);
    expect(await queue.take(10, never)).toEqual([
      { what: 'observed', object: newest },
      { what: 'observed', object: account('api', 'u2') },
    ]);
    expect(queue.size).toBe(0);
  });

  it('forgets an object that came and went while it waited, unless the log has it', async () => {
    const recorded = new Set<string>();
    const queue = new ObservationQueue((subject) => recorded.has(subject));
    queue.observed(account('web', 'u1'));
    queue.deleted({ key: account('web', 'u1').key, uid: 'u1' });
    expect(queue.size).toBe(0);
    recorded.add('ServiceAccount/shop/api/u2');
    queue.observed(account('api', 'u2'));
    queue.deleted({ key: account('api', 'u2').key, uid: 'u2' });
    expect((await queue.take(10, never)).map(({ what }) => what)).toEqual(['deleted']);
  });

  it('keeps two lives of one name apart', async () => {
    const queue = new ObservationQueue(() => true);
    queue.deleted({ key: account('web', 'u1').key, uid: 'u1' });
    queue.observed(account('web', 'u2'));
    expect((await queue.take(10, never)).map(({ what }) => what)).toEqual(['deleted', 'observed']);
  });

  it('lets a complete list take the place of what waits about its kind, and keeps what comes after', async () => {
    const queue = new ObservationQueue(() => true);
    queue.observed(account('web', 'u1'));
    queue.phaseChanged('ServiceAccount', 'syncing', '');
    queue.listed('ServiceAccount', [account('api', 'u2')]);
    queue.observed(account('db', 'u3'));
    expect((await queue.take(10, never)).map(({ what }) => what)).toEqual([
      'phase',
      'listed',
      'observed',
      'observed',
    ]);
  });

  it('never lets a kind be live before its list', async () => {
    const queue = new ObservationQueue(() => true);
    queue.phaseChanged('ServiceAccount', 'syncing', '');
    queue.listed('ServiceAccount', [account('api', 'u2')]);
    queue.phaseChanged('ServiceAccount', 'live', '');
    expect((await queue.take(10, never)).map(({ what }) => what)).toEqual(['listed', 'observed', 'phase']);
  });

  it('gives at most what was asked for and keeps the rest', async () => {
    const queue = new ObservationQueue(() => true);
    queue.observed(account('a', 'u1'));
    queue.observed(account('b', 'u2'));
    expect(await queue.take(1, never)).toHaveLength(1);
    expect(queue.size).toBe(1);
  });

  it('wakes a waiting reader, and lets it go when the signal aborts', async () => {
    const queue = new ObservationQueue(() => true);
    const waiting = queue.take(10, never);
    queue.observed(account('a', 'u1'));
    expect(await waiting).toHaveLength(1);
    const stop = new AbortController();
    const ended = queue.take(10, stop.signal);
    stop.abort();
    expect(await ended).toEqual([]);
  });
});
