import { describe, expect, it } from '@jest/globals';
import type { ResourceKind } from '@mcp/mesh';
import type { ClusterObserver, ObservedObject } from '@mcp/sources';
import { KindFeed } from './kind-feed.js';

const object = (name: string, uid = name): ObservedObject => ({
  kind: 'ServiceAccount',
  key: { kind: 'ServiceAccount', namespace: 'shop', name },
  resourceVersion: '1',
  state: { namespace: 'shop', name, uid, createdAt: 0 },
});

/** Writes down what it is told, by names. */
class Notes implements ClusterObserver {
  readonly told: string[] = [];

  listed(_kind: ResourceKind, objects: readonly ObservedObject[]): void {
    this.told.push(`listed ${objects.map(({ key }) => key.name).join(' ')}`.trim());
  }
  observed({ key }: ObservedObject): void {
    this.told.push(`observed ${key.name}`);
  }
  deleted({ key, uid, resourceVersion }: Parameters<ClusterObserver['deleted']>[0]): void {
    this.told.push(`deleted ${[key.name, uid, resourceVersion].filter(Boolean).join(' ')}`);
  }
  phaseChanged(_kind: ResourceKind, phase: string, reason: string): void {
    this.told.push(`${phase} (${reason})`);
  }
}

/** A kind of two collections, `a` and `b`, whose content the test sets. */
function twoParts(fallback?: ObservedObject) {
  const notes = new Notes();
  const feed = new KindFeed('ServiceAccount', notes, fallback);
  const part = (name: string) => {
    const content: ObservedObject[] = [];
    const told = feed.add({ name, objects: () => content });
    return {
      ...told,
      /** The collection has these objects, and was listed. */
      lists: (...names: string[]) => {
        const gone = content.filter(({ key }) => !names.includes(key.name));
        content.splice(0, content.length, ...names.map((each) => object(each)));
        told.replaced(gone);
      },
      add: (name: string) => {
        content.push(object(name));
        told.observed(object(name));
      },
      remove: (name: string) => {
        content.splice(
          content.findIndex(({ key }) => key.name === name),
          1,
        );
        told.deleted(object(name), '9');
      },
    };
  };
  return { told: notes.told, a: part('a'), b: part('b') };
}

describe('a kind that several collections feed', () => {
  it('is listed once all of them were, and told one by one from then on', () => {
    const { told, a, b } = twoParts();
    a.phaseChanged('syncing', 'x');
    b.phaseChanged('syncing', 'x');
    a.lists('a1', 'a2');
    a.phaseChanged('live', 'watching');
    a.add('a3');
    b.lists('b1');
    b.phaseChanged('live', 'watching');
    a.remove('a1');
    b.add('b2');
    expect(told).toEqual([
      'syncing (a: x)',
      'syncing (b: x)',
      'listed a1 a2 a3 b1',
      'live (watching)',
      'deleted a1 a1 9',
      'observed b2',
    ]);
  });

  it('is listed as a whole when one of them is listed again', () => {
    const { told, a, b } = twoParts();
    a.lists('a1');
    b.lists('b1');
    a.lists('a2');
    expect(told).toEqual(['listed a1 b1', 'listed a2 b1']);
  });

  it('is as well followed as the worst of them', () => {
    const { told, a, b } = twoParts();
    a.phaseChanged('live', 'watching');
    b.phaseChanged('live', 'watching');
    told.length = 0;
    a.phaseChanged('stale', 'no answer');
    b.phaseChanged('forbidden', 'not allowed');
    b.phaseChanged('forbidden', 'not allowed');
    b.phaseChanged('live', 'watching');
    a.phaseChanged('live', 'watching');
    expect(told).toEqual([
      'stale (a: no answer)',
      'forbidden (b: not allowed)',
      'stale (a: no answer)',
      'live (watching)',
    ]);
  });

  it('takes a collection that the cluster does not have for empty, where another is there', () => {
    const { told, a, b } = twoParts();
    b.phaseChanged('absent', 'no such kind');
    a.lists('a1');
    a.phaseChanged('live', 'watching');
    b.lists('b1');
    b.phaseChanged('live', 'watching');
    expect(told).toEqual(['syncing (a: not asked yet)', 'listed a1', 'live (watching)', 'listed a1 b1']);
  });

  it('keeps what it knows of a collection that the cluster no longer has', () => {
    const { told, a, b } = twoParts();
    a.lists('a1');
    b.lists('b1');
    b.phaseChanged('absent', 'no such kind');
    a.lists('a1');
    expect(told.filter((line) => line.startsWith('listed'))).toEqual(['listed a1 b1', 'listed a1 b1']);
  });

  it('is never listed where the cluster has none of them, since that is no list', () => {
    const { told, a, b } = twoParts();
    a.phaseChanged('absent', 'no such kind');
    b.phaseChanged('absent', 'no such kind');
    expect(told).toEqual(['syncing (b: not asked yet)', 'absent (a: no such kind)']);
  });

  it('tells one by one what it may read, and lists all when it may read the rest', () => {
    const { told, a, b } = twoParts();
    a.lists('a1');
    b.phaseChanged('forbidden', 'not allowed');
    a.add('a2');
    a.lists('a2');
    b.lists('b1');
    expect(told).toEqual([
      'observed a1',
      'forbidden (b: not allowed)',
      'observed a2',
      'deleted a1 a1',
      'observed a2',
      'listed a2 b1',
    ]);
  });
});

describe('a kind with a fallback', () => {
  it('shows the fallback where there is no object, and only then', () => {
    const { told, a, b } = twoParts(object('fallback'));
    a.lists();
    b.lists();
    a.add('a1');
    a.remove('a1');
    expect(told).toEqual(['listed fallback', 'listed a1', 'listed fallback']);
  });

  it('shows the fallback where no object may be read', () => {
    const { told, a, b } = twoParts(object('fallback'));
    a.phaseChanged('forbidden', 'not allowed');
    b.phaseChanged('forbidden', 'not allowed');
    expect(told).toContain('observed fallback');
  });

  it('does not show the fallback while it is not known what there is', () => {
    const { told, a, b } = twoParts(object('fallback'));
    a.phaseChanged('stale', 'no answer');
    b.phaseChanged('stale', 'no answer');
    expect(told).toEqual(['stale (a: no answer)']);
  });
});
