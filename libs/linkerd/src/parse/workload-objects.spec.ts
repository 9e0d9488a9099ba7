import { describe, expect, it } from '@jest/globals';
import { parseController } from './controller.js';
import { parseExternalWorkload } from './external-workload.js';
import { parseNamespace } from './namespace.js';
import { parsePod } from './pod.js';
import { rawIdentity, rawObject } from '../../test/raw-object.js';
import { parseServiceAccount } from './service-account.js';
import { parseService } from './service.js';

const proxy = { name: 'linkerd-proxy', image: 'example.org:5000/proxy:edge-26.8.1@sha256:0' };

function shapeOf(parts: Parameters<typeof rawObject>[0]) {
  const parsed = parsePod(rawObject(parts));
  return 'value' in parsed ? parsed.value.shape : parsed;
}

describe('a pod', () => {
  it('reads as what it is, apart from which pod it is', () => {
    const raw = rawObject({
      metadata: {
        labels: { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' },
        annotations: {
          'config.linkerd.io/default-inbound-policy': 'deny',
          'linkerd.io/proxy-version': 'edge-1',
          'example.com/noise': 'x',
        },
        ownerReferences: [
          { kind: 'Thing', name: 'other', uid: 'u0' },
          { kind: 'ReplicaSet', name: 'web-1', uid: 'u1', controller: true },
        ],
      },
      spec: {
        serviceAccountName: 'web-sa',
        nodeName: 'node-1',
        containers: [
          {
            name: 'app',
            ports: [
              { containerPort: 8080, name: 'http' },
              { containerPort: 53, protocol: 'UDP' },
            ],
            livenessProbe: { httpGet: { port: 'http', path: '/live?deep=1' } },
            readinessProbe: { httpGet: { port: 8080 } },
            startupProbe: { httpGet: { port: 8080, path: '/' } },
          },
          { name: 'side', livenessProbe: { tcpSocket: { port: 1 } } },
        ],
        initContainers: [{ ...proxy, restartPolicy: 'Always', ports: [{ containerPort: 4143 }] }],
      },
      status: {
        phase: 'Running',
        podIP: '10.0.0.1',
        podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
        conditions: [
          { type: 'Initialized', status: 'True' },
          { type: 'Ready', status: 'True' },
        ],
      },
    });
    expect(parsePod(raw)).toEqual({
      value: {
        state: {
          ...rawIdentity,
          shape: '',
          owner: { kind: 'ReplicaSet', name: 'web-1', uid: 'u1' },
          ips: ['10.0.0.1', 'fd00::1'],
          node: 'node-1',
          phase: 'Running',
          ready: true,
        },
        shape: {
          labels: { app: 'web', 'linkerd.io/control-plane-ns': 'linkerd' },
          annotations: {
            'config.linkerd.io/default-inbound-policy': 'deny',
            'linkerd.io/proxy-version': 'edge-1',
          },
          serviceAccount: 'web-sa',
          ports: [
            { container: 'app', init: false, name: 'http', number: 8080, protocol: 'TCP' },
            { container: 'app', init: false, number: 53, protocol: 'UDP' },
            { container: 'linkerd-proxy', init: true, number: 4143, protocol: 'TCP' },
          ],
          probes: [
            { container: 'app', init: false, port: 'http', path: '/live' },
            { container: 'app', init: false, port: 8080, path: '/' },
          ],
          meshed: true,
          governed: true,
          proxyVersion: 'edge-1',
        },
      },
    });
  });

  it('reads with little: pending, not ready, the default account, not in the mesh', () => {
    expect(parsePod(rawObject({ spec: { containers: [{ name: 'app' }] } }))).toEqual({
      value: {
        state: { ...rawIdentity, shape: '', ips: [], phase: 'Unknown', ready: false },
        shape: {
          labels: {},
          annotations: {},
          serviceAccount: 'default',
          ports: [],
          probes: [],
          meshed: false,
          governed: false,
        },
      },
    });
  });

  it.each([
    ['is meshed with the proxy as a container', { containers: [proxy] }, true],
    [
      'is meshed with the proxy as a native sidecar',
      { initContainers: [{ ...proxy, restartPolicy: 'Always' }] },
      true,
    ],
    ['is not meshed by an init container of that name that ends', { initContainers: [proxy] }, false],
    ['is not meshed by a container of another name', { containers: [{ ...proxy, name: 'proxy' }] }, false],
  ])('%s', (_rule, spec, meshed) => {
    expect(shapeOf({ spec })).toMatchObject({ meshed });
  });

  it('may be meshed without being governed', () => {
    expect(shapeOf({ spec: { containers: [proxy] } })).toMatchObject({ meshed: true, governed: false });
  });

  it('may be governed without being meshed, whatever the value of the label', () => {
    const metadata = { labels: { 'linkerd.io/control-plane-ns': '' } };
    expect(shapeOf({ metadata, spec: { containers: [] } })).toMatchObject({ meshed: false, governed: true });
  });

  it('tells the version of its proxy by the image where no annotation does', () => {
    expect(shapeOf({ spec: { containers: [proxy] } })).toMatchObject({ proxyVersion: 'edge-26.8.1' });
  });

  it.each([
    [
      'with flag and value apart',
      ['--inbound-ports-to-ignore', '4190,4191,4567', '--outbound-ports-to-ignore', '4567'],
      { inbound: '4190,4191,4567', outbound: '4567' },
    ],
    [
      'with an equals sign',
      ['--inbound-ports-to-ignore=4190,80-90'],
      { inbound: '4190,80-90', outbound: '' },
    ],
    [
      'more than once',
      ['--inbound-ports-to-ignore', '4190', '--inbound-ports-to-ignore=80'],
      { inbound: '4190,80', outbound: '' },
    ],
    ['nothing', ['--simulate'], { inbound: '', outbound: '' }],
    ['without arguments', undefined, { inbound: '', outbound: '' }],
  ])('skips the ports that linkerd-init is told: %s', (_rule, args, skippedPorts) => {
    const spec = { containers: [proxy], initContainers: [{ name: 'wait' }, { name: 'linkerd-init', args }] };
    expect(shapeOf({ spec })).toMatchObject({ skippedPorts });
  });

  it('does not say what it skips without an init container of that name', () => {
    const args = ['--inbound-ports-to-ignore', '80'];
    const spec = {
      containers: [proxy, { name: 'linkerd-init', args }],
      initContainers: [{ name: 'b', args }],
    };
    expect(shapeOf({ spec })).not.toHaveProperty('skippedPorts');
  });

  it.each([
    [
      'a port that is none',
      { containers: [{ name: 'a', ports: [{ containerPort: 'x' }] }] },
      'spec.containers[0].ports[0].containerPort',
    ],
    ['containers that are no list', { containers: {} }, 'spec.containers'],
    ['a container without a name', { containers: [{}] }, 'spec.containers[0].name'],
    [
      'a probe of no port',
      { containers: [{ name: 'a', livenessProbe: { httpGet: {} } }] },
      'spec.containers[0].livenessProbe.httpGet.port',
    ],
  ])('with %s has a problem', (_rule, spec, field) => {
    expect(parsePod(rawObject({ spec }))).toMatchObject({ problem: { field } });
  });
});

describe('a Service', () => {
  const service = (spec: unknown) => {
    const parsed = parseService(rawObject({ spec }));
    return 'value' in parsed ? parsed.value : parsed;
  };

  it('reads with its selector, addresses and ports', () => {
    expect(
      service({
        type: 'NodePort',
        selector: { app: 'web' },
        clusterIP: '10.0.0.9',
        clusterIPs: ['10.0.0.9', 'fd00::9'],
        ports: [
          { name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' },
          { port: 53, protocol: 'UDP' },
        ],
      }),
    ).toEqual({
      ...rawIdentity,
      selector: { app: 'web' },
      type: 'NodePort',
      headless: false,
      clusterIps: ['10.0.0.9', 'fd00::9'],
      ports: [
        { name: 'http', number: 80, protocol: 'TCP', targetPort: 'http', appProtocol: 'http' },
        { number: 53, protocol: 'UDP', targetPort: 53 },
      ],
    });
  });

  it.each([
    ['without a selector', {}],
    ['with an empty selector', { selector: {} }],
    ['that is an external name, whatever its selector', { type: 'ExternalName', selector: { a: 'b' } }],
  ])('%s selects nothing by itself', (_rule, spec) => {
    expect(service(spec)).not.toHaveProperty('selector');
  });

  it('without an address of its own is headless', () => {
    expect(service({ clusterIP: 'None', clusterIPs: ['None'] })).toMatchObject({
      headless: true,
      clusterIps: [],
    });
  });

  it('may be a name outside', () => {
    expect(service({ type: 'ExternalName', externalName: 'example.com' })).toEqual({
      ...rawIdentity,
      type: 'ExternalName',
      headless: false,
      clusterIps: [],
      externalName: 'example.com',
      ports: [],
    });
  });

  it.each([
    ['an unknown type', { type: 'Magic' }, 'spec.type'],
    ['a port out of range', { ports: [{ port: 70_000 }] }, 'spec.ports[0].port'],
    ['a selector that is a string', { selector: 'app=web' }, 'spec.selector'],
  ])('with %s has a problem', (_rule, spec, field) => {
    expect(service(spec)).toMatchObject({ problem: { field } });
  });
});

describe('the other objects', () => {
  it('a namespace has no namespace, and keeps the annotations that Linkerd reads', () => {
    const raw = rawObject({
      metadata: {
        namespace: undefined,
        name: 'shop',
        labels: { a: 'b' },
        annotations: { 'linkerd.io/inject': 'enabled', other: 'x' },
      },
    });
    expect(parseNamespace(raw)).toEqual({
      value: {
        ...rawIdentity,
        namespace: '',
        name: 'shop',
        labels: { a: 'b' },
        annotations: { 'linkerd.io/inject': 'enabled' },
      },
    });
  });

  it('a service account is its identity', () => {
    expect(parseServiceAccount(rawObject({}))).toEqual({ value: rawIdentity });
  });

  it('a controller is its identity, its kind and the controller above it', () => {
    const metadata = { ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'u', controller: true }] };
    expect(parseController(rawObject({ metadata }), 'ReplicaSet')).toEqual({
      value: { ...rawIdentity, kind: 'ReplicaSet', owner: { kind: 'Deployment', name: 'web', uid: 'u' } },
    });
  });

  const externalWorkload = {
    ...rawIdentity,
    labels: { app: 'vm' },
    annotations: {},
    identity: 'spiffe://a/b',
    serverName: 'vm.shop',
    ports: [{ name: 'http', number: 80, protocol: 'TCP' }],
    ips: ['192.0.2.1'],
    ready: true,
  };
  it.each(['meshTLS', 'meshTls'])('an external workload has its identity under %s', (field) => {
    const raw = rawObject({
      metadata: { labels: { app: 'vm' } },
      spec: {
        [field]: { identity: 'spiffe://a/b', serverName: 'vm.shop' },
        ports: [{ name: 'http', port: 80 }],
        workloadIPs: [{ ip: '192.0.2.1' }],
      },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(parseExternalWorkload(raw)).toEqual({ value: externalWorkload });
  });

  it('an external workload without an identity has a problem', () => {
    expect(parseExternalWorkload(rawObject({ spec: { meshTLS: {} } }))).toMatchObject({
      problem: { code: 'MISSING', field: 'spec.meshTLS.identity' },
    });
  });
});
