import { expect, it } from '@jest/globals';
import { identityOf, policyKinds } from '@mcp/mesh';
import type { MeshSettings, MeshView, NamespaceView } from '@mcp/policy';
import { RunningIdentities } from './identities.js';

const settings: MeshSettings = { controlPlaneNamespace: 'linkerd', trustDomain: 'cluster.local' };
const identity = (namespace: string) =>
  identityOf({ namespace, name: 'web' }, { controlPlaneNamespace: 'linkerd', trustDomain: 'cluster.local' });

function space(namespace: string, names: readonly string[], runsAs = 'web'): NamespaceView {
  const endpoint = {
    kind: 'Pod',
    ...{ labels: {}, annotations: {}, ports: [], probes: [], meshed: true, governed: true },
    runsAs: { serviceAccount: runsAs },
  } as const;
  return {
    namespace,
    annotations: {},
    policy: Object.fromEntries(policyKinds.map((kind) => [kind, []])) as unknown as NamespaceView['policy'],
    unreadable: [],
    workloads: names.map((name) => ({
      ref: { namespace, kind: 'Deployment', name },
      groups: [{ endpoint, pods: [] }],
      shapelessPods: 0,
    })),
    services: [],
    serviceAccounts: [],
  };
}

function viewOf(spaces: readonly NamespaceView[], of: MeshSettings = settings): MeshView {
  const namespaces = new Map(spaces.map((each) => [each.namespace, each]));
  return { namespaces, settings: of, notLive: new Map(), scope: 'all' };
}

const told = (running: RunningIdentities, namespace: string) =>
  running.of(identity(namespace)).map(({ name }) => name);

it('knows by name who runs as an identity, whatever comes, changes and goes', () => {
  const running = new RunningIdentities();
  const bank = space('bank', ['ledger']);
  expect([...running.take(viewOf([space('shop', ['web', 'cart']), bank]))]).toHaveLength(2);
  expect([told(running, 'shop'), told(running, 'bank')]).toEqual([['cart', 'web'], ['ledger']]);
  // only what changed is looked at
  expect([...running.take(viewOf([space('shop', ['web']), bank]))]).toHaveLength(1);
  expect([told(running, 'shop'), told(running, 'bank')]).toEqual([['web'], ['ledger']]);
  expect([...running.take(viewOf([space('shop', ['web'], 'other'), bank]))]).toHaveLength(1);
  expect([told(running, 'shop'), told(running, 'bank')]).toEqual([[], ['ledger']]);
  expect([...running.take(viewOf([]))]).toEqual([]);
  expect(told(running, 'bank')).toEqual([]);
});

it('knows nobody where the trust domain is not known, and all again when it is', () => {
  const running = new RunningIdentities();
  const shop = space('shop', ['web']);
  for (const [of, names] of [
    [settings, ['web']],
    [{ controlPlaneNamespace: 'linkerd' }, []],
    [settings, ['web']],
  ] as const) {
    for (const _ of running.take(viewOf([shop], of)));
    expect(told(running, 'shop')).toEqual(names);
  }
});
