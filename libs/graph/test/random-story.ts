import type { AnyRecordedEvent } from '@mcp/events';
import type { ResourceKind } from '@mcp/mesh';
import fc from 'fast-check';
import { denyAll, forWeb, Story } from './story.js';

interface Step {
  readonly what: number;
  readonly namespace: string;
  readonly name: string;
  readonly life: number;
  readonly variant: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.nat(13),
  namespace: fc.constantFrom('shop', 'bank'),
  name: fc.constantFrom('web', 'db'),
  life: fc.nat(2),
  variant: fc.nat(5),
});

/** Any order of events that a collector and its clients could write, over few names so that they meet. */
export const anyStory: fc.Arbitrary<readonly AnyRecordedEvent[]> = fc
  .array(step, { maxLength: 60 })
  .map((steps) => {
    const story = new Story();
    for (const each of steps) take(story, each);
    return story.events;
  });

const deletable: readonly ResourceKind[] = ['Pod', 'Controller', 'Service', 'AuthorizationPolicy'];
const breakable: readonly ResourceKind[] = ['Pod', 'Service', 'AuthorizationPolicy'];

function take(story: Story, { what, namespace, name, life, variant }: Step): void {
  const alive = { namespace, name, createdAt: 1_000 * (life >> 1) };
  const ofKind = (kind: ResourceKind) => ({ ...alive, uid: `${kind}-${name}-${life}` });
  const labels = { app: variant % 2 === 0 ? 'web' : 'db' };
  switch (what) {
    case 0:
    case 1:
      story.pod(
        { ...ofKind('Pod'), ready: variant > 1, phase: variant === 5 ? 'Succeeded' : 'Running' },
        {
          shape: { labels, meshed: variant !== 3, serviceAccount: name },
          ...(variant < 4 && { owner: { kind: 'ReplicaSet', name: `Controller-${name}-${life}` } }),
        },
      );
      return;
    case 2:
      story.controller(
        variant % 2 === 0 ? 'ReplicaSet' : 'Deployment',
        { ...ofKind('Controller'), uid: `uid-Controller-${name}-${life}` },
        variant % 2 === 0 ? { kind: 'Deployment', name: `Controller-${name}-${variant >> 1}` } : undefined,
      );
      return;
    case 3:
      story.service({ ...ofKind('Service'), ...(variant < 4 && { selector: labels }) });
      return;
    case 4:
      story.policy({ ...ofKind('AuthorizationPolicy'), spec: variant % 2 === 0 ? denyAll : forWeb });
      return;
    case 5:
      story.desire(name, variant % 2 === 0 ? denyAll : forWeb, namespace);
      return;
    case 6:
    case 7: {
      const kind = deletable[variant % deletable.length] ?? 'Pod';
      const uid = kind === 'Controller' ? `uid-Controller-${name}-${life}` : `${kind}-${name}-${life}`;
      story.delete(kind, { ...alive, uid });
      return;
    }
    case 8: {
      const kind = breakable[variant % breakable.length] ?? 'Pod';
      story.unreadable({ kind, namespace, name }, ofKind(kind));
      return;
    }
    case 9:
      story.controlPlane(variant % 2 === 0 ? {} : { trustDomain: name });
      return;
    case 10:
      story.source('Pod', variant % 2 === 0 ? 'live' : 'stale', name);
      return;
    case 11:
      story.scope(variant === 0 ? [namespace] : 'all');
      return;
    case 12:
      if (variant === 0) story.delete('Namespace', { namespace: '', name: namespace });
      else story.namespace(namespace, labels);
      return;
    default:
      story.outcome(variant);
  }
}
