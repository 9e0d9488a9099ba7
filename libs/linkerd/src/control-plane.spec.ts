import { describe, expect, it } from '@jest/globals';
import { configuredControlPlane, parseControlPlane } from './control-plane.js';
import { rawIdentity, rawObject } from '../test/raw-object.js';

function settings(args: unknown, configured = {}) {
  const spec = {
    template: {
      spec: {
        containers: [
          { name: 'destination', args: ['--identity-domain=no'] },
          { name: 'policy', args },
        ],
      },
    },
  };
  const parsed = parseControlPlane(
    rawObject({ metadata: { labels: { 'app.kubernetes.io/version': 'edge-1' } }, spec }),
    configured,
  );
  return 'value' in parsed ? parsed.value : parsed;
}

const binaryDefaults = {
  clusterNetworks: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
  probeNetworks: [],
};

describe('the settings of the control plane', () => {
  it('are read from the arguments of the container policy, in either form of a flag', () => {
    expect(
      settings([
        '--control-plane-namespace=mesh',
        '--identity-domain',
        'example.org',
        '--default-policy=deny',
        '--cluster-networks=10.0.0.0/8,fd00::/8',
        '--probe-networks',
        '0.0.0.0/0,::/0',
        '--log-level=info',
      ]),
    ).toEqual({
      ...rawIdentity,
      controlPlaneNamespace: 'mesh',
      trustDomain: 'example.org',
      defaultPolicy: 'deny',
      clusterNetworks: ['10.0.0.0/8', 'fd00::/8'],
      probeNetworks: ['0.0.0.0/0', '::/0'],
      version: 'edge-1',
      configured: [],
    });
  });

  it('are the controller’s own networks where no flag names any, and otherwise unknown', () => {
    expect(settings([])).toEqual({ ...rawIdentity, ...binaryDefaults, version: 'edge-1', configured: [] });
  });

  it.each([
    ['a policy of an unknown name', ['--default-policy=open']],
    ['a flag given twice', ['--default-policy=deny', '--default-policy=audit']],
    ['a value from the environment', ['--identity-domain=$(DOMAIN)']],
    ['a flag at the end without its value', ['--identity-domain']],
  ])('are unknown from %s', (_rule, args) => {
    expect(settings(args)).toEqual({ ...rawIdentity, ...binaryDefaults, version: 'edge-1', configured: [] });
  });

  it('are unknown where networks cannot be read, rather than the default', () => {
    expect(settings(['--cluster-networks=10.0.0.0/8,ten', '--probe-networks='])).toEqual({
      ...rawIdentity,
      version: 'edge-1',
      configured: [],
    });
  });

  it('are all unknown where the container has no arguments', () => {
    expect(settings(undefined)).toEqual({ ...rawIdentity, version: 'edge-1', configured: [] });
  });

  it('are a problem where the arguments are no list of strings', () => {
    expect(settings([1])).toMatchObject({ problem: { field: 'spec.template.spec.containers[1].args[0]' } });
  });

  it('are what is configured, which is listed as such', () => {
    expect(
      settings(['--default-policy=deny', '--identity-domain=a'], { trustDomain: 'b', probeNetworks: [] }),
    ).toEqual({
      ...rawIdentity,
      ...binaryDefaults,
      defaultPolicy: 'deny',
      trustDomain: 'b',
      version: 'edge-1',
      configured: ['probeNetworks', 'trustDomain'],
    });
  });

  it('are only what is configured where no control plane is to be seen', () => {
    expect(configuredControlPlane({ trustDomain: 'b' })).toEqual({
      namespace: 'linkerd',
      name: 'linkerd-destination',
      uid: 'configured',
      createdAt: 0,
      trustDomain: 'b',
      configured: ['trustDomain'],
    });
    expect(configuredControlPlane({})).toBeUndefined();
  });
});
