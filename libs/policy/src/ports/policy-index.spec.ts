import { describe, expect, it } from '@jest/globals';
import { endpoint, serverOf, viewOf } from '../../test/mesh-view.js';
import { evaluate } from '../answers/decide.js';
import { PolicyIndex } from './policy-index.js';
import type { MeshView } from '../view.js';

describe('the settings of a control plane that is not followed', () => {
  const view: MeshView = {
    namespaces: new Map(),
    settings: {
      trustDomain: 'cluster.local',
      defaultPolicy: 'deny',
      clusterNetworks: ['10.0.0.0/8'],
      configured: ['clusterNetworks'],
    },
    notLive: new Map([['ControlPlane', 'contact to its source is lost']]),
    scope: 'all',
  };

  it('hold only where they are configured', () => {
    expect(new PolicyIndex(view).view.settings).toEqual({
      clusterNetworks: ['10.0.0.0/8'],
      configured: ['clusterNetworks'],
    });
  });

  it('hold all while it is', () => {
    const followed = { ...view, notLive: new Map() };
    expect(new PolicyIndex(followed).view).toBe(followed);
  });
});

describe('pods that are not followed', () => {
  it('leave open which Server they have, since their labels may have changed', () => {
    const view = viewOf(
      { shop: { Server: [serverOf('shop', 'web', { accessPolicy: 'all-unauthenticated' })] } },
      { notLive: new Map([['Pod', 'contact to its source is lost']]) },
    );
    const target = { namespace: 'shop', endpoint: endpoint(), port: 80 };
    const client = { tls: 'none', address: undefined } as const;
    expect(evaluate(new PolicyIndex(view), target, client, { kind: 'bytes' })).toEqual({
      verdict: 'unknown',
      creditedAnyOf: [],
      satisfied: [],
      unknown: [{ code: 'KIND_NOT_LIVE', message: 'Pod: contact to its source is lost' }],
    });
  });
});

describe('the policy of a port', () => {
  it('is worked out once, and let go of where very many others came after it', () => {
    const index = new PolicyIndex(viewOf({}));
    const pods = [endpoint(), endpoint()] as const;
    const first = index.portPolicy('shop', pods[0], 80);
    expect(index.portPolicy('shop', pods[0], 80)).toBe(first);
    for (let port = 1; port <= 60_000; port += 1) index.portPolicy('shop', pods[1], port);
    const again = index.portPolicy('shop', pods[0], 80);
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });
});
