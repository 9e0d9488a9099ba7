import { describe, expect, it } from '@jest/globals';
import type { ResourceKind } from '@mcp/mesh';
import { policyKinds, resourceKinds } from '@mcp/mesh';
import { forWeb, Story } from '../../test/story.js';
import { evolve } from '../evolve.js';
import { factsOf, noFacts } from '../facts.js';
import type { Touched } from '../touched.js';
import { currentNamespace } from './current-namespace.js';

/** What is known of a shop with two workloads, and how it is worked out after what follows. */
function shop() {
  const facts = noFacts();
  const take = (story: Story): void => {
    for (const event of story.events) evolve(facts, event);
  };
  const story = new Story()
    .controller('Deployment', { namespace: 'shop', name: 'web' })
    .pod({ namespace: 'shop', name: 'web-a' }, { owner: { kind: 'Deployment', name: 'web' } })
    .pod({ namespace: 'shop', name: 'db' })
    .policy({ namespace: 'shop', name: 'p' });
  take(story);
  const home = factsOf(facts, 'shop');
  const known = currentNamespace(facts, 'shop', home, 'everything');
  return {
    known,
    after: (next: (story: Story) => Story, touched: Touched) => {
      take(next(story));
      return currentNamespace(facts, 'shop', home, touched, known);
    },
  };
}

describe('what there is in a namespace', () => {
  const besideWorkloads = resourceKinds.filter(
    (kind) => !(['Controller', 'Pod', 'ExternalWorkload'] as readonly ResourceKind[]).includes(kind),
  );

  it.each(besideWorkloads)('has the workloads that are known while a %s changes', (kind) => {
    const { known, after } = shop();
    expect(after((story) => story, new Set([kind])).workloads).toBe(known.workloads);
  });

  it('has the policy that is known while a pod changes, and each workload that the pod is not of', () => {
    const { known, after } = shop();
    const now = after(
      (story) => story.pod({ namespace: 'shop', name: 'db', ips: ['10.0.0.9'] }),
      new Set(['Pod']),
    );
    expect(now.view.policy).toBe(known.view.policy);
    expect(now.workloads.get('shop/Deployment/web')).toBe(known.workloads.get('shop/Deployment/web'));
    expect(now.workloads.get('shop/Pod/db')?.view.groups[0]?.pods).toEqual([
      { name: 'db', createdAt: expect.any(Number), ips: ['10.0.0.9'] },
    ]);
  });

  it('has the objects of each kind of policy that are known while one of another kind changes', () => {
    const { known, after } = shop();
    const now = after(
      (story) => story.policy({ namespace: 'shop', name: 'p', spec: forWeb }),
      new Set(['AuthorizationPolicy']),
    );
    const changed = policyKinds.filter((kind) => now.view.policy[kind] !== known.view.policy[kind]);
    expect(changed).toEqual(['AuthorizationPolicy']);
    expect(now.view.policy.AuthorizationPolicy.map(({ spec }) => spec)).toEqual([forWeb]);
  });
});
