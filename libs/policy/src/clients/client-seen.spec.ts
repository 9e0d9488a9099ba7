import { describe, expect, it } from '@jest/globals';
import { meshOf } from '../../test/mesh-samples.js';
import type { CallingEndpoint, SeenClient } from './client-seen.js';
import { anyPodOf, clientSeen } from './client-seen.js';
import { parseAddress } from '../matching/network.js';
import { PolicyIndex } from '../ports/policy-index.js';
import type { Endpoint, MeshSettings } from '../view.js';

const settings: MeshSettings = { trustDomain: 'cluster.local', controlPlaneNamespace: 'linkerd' };
const address = parseAddress('10.0.0.7');

const pod: Endpoint = {
  kind: 'Pod',
  labels: { 'linkerd.io/control-plane-ns': 'linkerd' },
  annotations: {},
  ports: [],
  probes: [],
  meshed: true,
  governed: true,
  runsAs: { serviceAccount: 'web' },
};
const external: Endpoint = {
  ...pod,
  kind: 'ExternalWorkload',
  labels: {},
  runsAs: { identity: 'spiffe://root/vm' },
};

function seen(
  client: Partial<Endpoint>,
  target: Partial<Endpoint> = {},
  { known = settings, port = 8080, dialled = 0 } = {},
): SeenClient {
  const calling: CallingEndpoint = { namespace: 'shop', endpoint: { ...pod, ...client }, address };
  const index = new PolicyIndex(meshOf([], known));
  return clientSeen(
    index,
    calling,
    { namespace: 'bank', endpoint: { ...pod, ...target }, port },
    dialled || port,
  );
}

const identity = 'web.shop.serviceaccount.identity.linkerd.cluster.local';
const meshTls = { code: 'MESH_TLS', message: 'both have the proxy, and the port bypasses neither' };
const arrivesAs = (name: string) => ({ client: { tls: { identity: name }, address }, because: meshTls });
const plain = (code: string, message: string) => ({
  client: { tls: 'none', address },
  because: { code, message },
});
const notKnown = (message: string) => ({
  client: { tls: 'unknown', address },
  because: { code: 'NOT_KNOWN', message },
});

describe('a client of the mesh arrives', () => {
  it('over mesh TLS as its service account, where both are of one control plane', () => {
    expect(seen({})).toEqual(arrivesAs(identity));
  });

  it('as the identity that an external workload has', () => {
    expect(seen(external)).toEqual(arrivesAs('spiffe://root/vm'));
  });

  it('over mesh TLS at an external workload, whichever control plane that is of', () => {
    expect(seen({}, external)).toEqual(arrivesAs(identity));
  });

  it('over mesh TLS as any pod of a service account does, through every port', () => {
    const index = new PolicyIndex(meshOf([], settings));
    expect(seen(anyPodOf(index, 'web'), {}, { dialled: 4567 })).toEqual(arrivesAs(identity));
  });

  it('in plain TCP where it has no proxy', () => {
    expect(seen({ meshed: false })).toEqual(plain('CLIENT_NOT_MESHED', 'the client has no proxy'));
  });

  it.each([
    ['without a proxy', { meshed: false }],
    ['that no control plane knows', { governed: false }],
  ])('in plain TCP at a target %s', (_, target) => {
    expect(seen({}, target)).toEqual(
      plain('TARGET_NOT_MESHED', 'the target has no proxy, or no control plane knows it'),
    );
  });

  it('in plain TCP at a target of another control plane', () => {
    expect(seen({}, { labels: { 'linkerd.io/control-plane-ns': 'other' } })).toEqual(
      plain(
        'TARGET_OF_OTHER_CONTROL_PLANE',
        'the client belongs to the control plane in linkerd, the target to other',
      ),
    );
  });

  it('in plain TCP at a port that bypasses the proxy of the target', () => {
    const target = { annotations: { 'config.linkerd.io/skip-inbound-ports': '8000-8100' } };
    expect(seen({}, target)).toEqual(
      plain('TARGET_PORT_BYPASSES_PROXY', 'port 8080 bypasses the proxy of the target'),
    );
  });

  it('in plain TCP where its own proxy leaves out the port that it dials, which a Service may turn into another', () => {
    const client = { annotations: { 'config.linkerd.io/skip-outbound-ports': '80' } };
    const skips = plain('CLIENT_SKIPS_PORT', 'the proxy of the client is bypassed for port 80');
    expect(seen(client, {}, { dialled: 80 })).toEqual(skips);
    expect(seen(client, {}, { port: 80, dialled: 8080 })).toEqual(arrivesAs(identity));
  });

  it('in plain TCP where the port it dials is left out by default, unless it has a list of its own', () => {
    const message = 'the proxy of the client is bypassed for port 4567';
    expect(seen({}, {}, { dialled: 4567 })).toEqual(plain('CLIENT_SKIPS_PORT', message));
    const own = { annotations: { 'config.linkerd.io/skip-outbound-ports': '' } };
    expect(seen(own, {}, { dialled: 4567 })).toEqual(arrivesAs(identity));
  });

  it('as its linkerd-init was told, whatever its annotation says since', () => {
    const told = {
      skippedPorts: { inbound: '', outbound: '9000-9100' },
      annotations: { 'config.linkerd.io/skip-outbound-ports': '80' },
    };
    const message = 'the proxy of the client is bypassed for port 9042';
    expect(seen(told, {}, { dialled: 9042 })).toEqual(plain('CLIENT_SKIPS_PORT', message));
    expect(seen(told, {}, { dialled: 80 })).toEqual(arrivesAs(identity));
    expect(seen(told, {}, { dialled: 4567 })).toEqual(arrivesAs(identity));
  });
});

describe('how a client arrives is not known', () => {
  it('where a setting is unread that its identity is made of', () => {
    const input = (setting: string) => ({
      code: 'SETTING_UNREAD',
      message: `${setting} is not known: the control plane does not say it or is not followed, and it is not configured`,
    });
    const unread = (...inputs: readonly ReturnType<typeof input>[]) => {
      const why = notKnown(inputs.map(({ message }) => message).join('; '));
      return { ...why, because: { ...why.because, missing: inputs } };
    };
    const [trust, home] = [input('the trust domain'), input("the control plane's namespace")] as const;
    expect(seen({}, {}, { known: { controlPlaneNamespace: 'linkerd' } })).toEqual(unread(trust));
    expect(seen(external, {}, { known: { trustDomain: 'cluster.local' } })).toEqual(unread(home));
    expect(seen({ labels: {} }, {}, { known: {} })).toEqual(unread(trust, home));
  });

  it('where a list of ports cannot be read', () => {
    expect(seen({ annotations: { 'config.linkerd.io/skip-outbound-ports': '80,http' } })).toEqual(
      notKnown(
        'of the client, annotation config.linkerd.io/skip-outbound-ports has "http", which is no port',
      ),
    );
    expect(seen({}, { annotations: { 'config.linkerd.io/skip-inbound-ports': 'http' } })).toEqual(
      notKnown(
        'annotation config.linkerd.io/skip-inbound-ports has "http", which is no port: which ports bypass the proxy is not known',
      ),
    );
  });

  it('where it is not said which control plane it belongs to', () => {
    const why = notKnown('which control plane the client belongs to is not known');
    expect(seen({ labels: {} })).toEqual(why);
  });
});
