import { describe, expect, it } from '@jest/globals';
import { PolicyIndex } from './policy-index.js';
import type { MeshView } from './view.js';

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
