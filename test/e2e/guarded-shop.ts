/** A mesh with policy as an API server holds it, and the statuses that kubelets and Linkerd's policy controller would write. */

const policyVersion = 'policy.linkerd.io/v1alpha1';
const meshed = { 'linkerd.io/control-plane-ns': 'linkerd' };
const proxy = {
  name: 'linkerd-proxy',
  image: 'cr.l5d.io/linkerd/proxy:edge',
  ports: [{ containerPort: 4143 }],
};

interface PodParts {
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly meshed: boolean;
  readonly port: number;
  readonly labels?: object;
  readonly metadata?: object;
  readonly container?: object;
}

function pod({ namespace, name, ip, port, ...rest }: PodParts): object {
  const own = {
    name: 'main',
    image: 'main',
    ports: [{ name: 'http', containerPort: port }],
    ...rest.container,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { ...rest.labels, ...(rest.meshed && meshed) }, ...rest.metadata },
    spec: {
      serviceAccountName: name.split('-')[0],
      containers: [own, ...(rest.meshed ? [proxy] : [])],
    },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  };
}

const apiLabels = { app: 'api' };

export const apiDeployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { namespace: 'shop', name: 'api' },
  spec: {
    selector: { matchLabels: apiLabels },
    template: { metadata: { labels: apiLabels }, spec: { containers: [{ name: 'main', image: 'main' }] } },
  },
};

const owned = (apiVersion: string, kind: string, name: string, uid: string): object => ({
  ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
});

export const apiReplicaSet = (uidOfDeployment: string): object => ({
  ...apiDeployment,
  kind: 'ReplicaSet',
  metadata: {
    namespace: 'shop',
    name: 'api-1',
    ...owned('apps/v1', 'Deployment', 'api', uidOfDeployment),
  },
});

/** Of the ReplicaSet. Port 9000 is kept from the proxy. */
export const apiPod = (name: string, ip: string, uidOfReplicaSet: string): object =>
  pod({
    namespace: 'shop',
    name,
    ip,
    meshed: true,
    port: 8080,
    labels: apiLabels,
    metadata: {
      annotations: { 'config.linkerd.io/skip-inbound-ports': '9000' },
      ...owned('apps/v1', 'ReplicaSet', 'api-1', uidOfReplicaSet),
    },
    container: {
      ports: [
        { name: 'http', containerPort: 8080 },
        { name: 'admin', containerPort: 9000 },
      ],
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
    },
  });

/** `web` and `monitor` have the proxy, `job` has not; `monitor` closes all ports that no Server governs. */
export const clientPods: readonly object[] = [
  pod({ namespace: 'shop', name: 'web', ip: '10.1.0.20', meshed: true, port: 80 }),
  pod({ namespace: 'shop', name: 'job', ip: '10.1.0.30', meshed: false, port: 80 }),
  pod({
    namespace: 'ops',
    name: 'monitor',
    ip: '10.1.1.40',
    meshed: true,
    port: 9090,
    metadata: { annotations: { 'config.linkerd.io/default-inbound-policy': 'deny' } },
  }),
];

export const apiService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'shop', name: 'api' },
  spec: { selector: apiLabels, ports: [{ name: 'web', port: 80, targetPort: 'http' }] },
};

export const vm = {
  apiVersion: 'workload.linkerd.io/v1beta1',
  kind: 'ExternalWorkload',
  metadata: { namespace: 'shop', name: 'vm', labels: { app: 'vm' } },
  spec: {
    meshTLS: { identity: 'spiffe://root.linkerd.cluster.local/vm', serverName: 'vm.cluster.local' },
    workloadIPs: [{ ip: '10.2.0.5' }],
    ports: [{ name: 'db', port: 5432 }],
  },
};

const policyObject = (kind: string, name: string, spec: object): object => ({
  apiVersion: kind === 'Server' ? 'policy.linkerd.io/v1beta3' : policyVersion,
  kind,
  metadata: { namespace: 'shop', name },
  spec,
});

/** Of the namespace `shop`; `required`: an authentication of policy.linkerd.io. */
export const authorizationPolicy = (
  name: string,
  [targetKind, targetName]: readonly [kind: string, name: string],
  ...required: readonly (readonly [kind: string, name: string])[]
): object =>
  policyObject('AuthorizationPolicy', name, {
    targetRef: { group: 'policy.linkerd.io', kind: targetKind, name: targetName },
    requiredAuthenticationRefs: required.map(([kind, authentication]) => ({
      group: 'policy.linkerd.io',
      kind,
      name: authentication,
    })),
  });

export const networkAuthentication = (name: string, ...networks: readonly object[]): object =>
  policyObject('NetworkAuthentication', name, { networks });

/** `web` and all of `ops` may reach `api`, and so may the office in plain TCP. The vm may only with the route. */
export const policies: readonly object[] = [
  policyObject('Server', 'api', {
    podSelector: { matchLabels: apiLabels },
    port: 'http',
    proxyProtocol: 'HTTP/1',
  }),
  policyObject('Server', 'vm', {
    externalWorkloadSelector: { matchLabels: { app: 'vm' } },
    port: 'db',
    proxyProtocol: 'opaque',
    accessPolicy: 'cluster-authenticated',
  }),
  policyObject('MeshTLSAuthentication', 'api-clients', {
    identityRefs: [
      { kind: 'ServiceAccount', name: 'web' },
      { kind: 'Namespace', name: 'ops' },
    ],
  }),
  policyObject('MeshTLSAuthentication', 'vm', { identities: [vm.spec.meshTLS.identity] }),
  networkAuthentication('office', { cidr: '192.168.0.0/16', except: ['192.168.9.0/24'] }),
  authorizationPolicy('api-clients', ['Server', 'api'], ['MeshTLSAuthentication', 'api-clients']),
  authorizationPolicy('cart-for-vm', ['HTTPRoute', 'cart'], ['MeshTLSAuthentication', 'vm']),
  authorizationPolicy('office', ['Server', 'api'], ['NetworkAuthentication', 'office']),
];

const apiParent = { group: 'policy.linkerd.io', kind: 'Server', name: 'api' };

/** Its status says that Linkerd's policy controller accepts it. */
export const cartRoute = {
  apiVersion: 'policy.linkerd.io/v1beta3',
  kind: 'HTTPRoute',
  metadata: { namespace: 'shop', name: 'cart' },
  spec: {
    parentRefs: [apiParent],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/cart' } }] }],
  },
  status: {
    parents: [
      {
        parentRef: { ...apiParent, namespace: 'shop' },
        controllerName: 'linkerd.io/policy-controller',
        conditions: [
          {
            type: 'Accepted',
            status: 'True',
            reason: 'Accepted',
            message: '',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
    ],
  },
};
