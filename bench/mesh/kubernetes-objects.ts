/** Objects as an API server gives them, of the sizes that real ones have. */
export type RawObject = Readonly<Record<string, unknown>>;

export interface Meta {
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

const createdAt = '2026-01-05T08:00:00Z';

export interface PodFacts {
  readonly workload: string;
  readonly templateHash: string;
  readonly replicaSetUid: string;
  readonly node: string;
  readonly ip?: string;
  readonly ready: boolean;
}

/** A meshed pod of about 2.7 KB. The status is what an API server would add. */
export function podObject(meta: Meta, facts: PodFacts): RawObject {
  const { workload, templateHash, replicaSetUid, node, ip, ready } = facts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata(meta),
      labels: {
        app: workload,
        'app.kubernetes.io/name': workload,
        'app.kubernetes.io/part-of': meta.namespace,
        'pod-template-hash': templateHash,
        'linkerd.io/control-plane-ns': 'linkerd',
        'linkerd.io/proxy-deployment': workload,
        'linkerd.io/workload-ns': meta.namespace,
      },
      annotations: {
        'linkerd.io/inject': 'enabled',
        'linkerd.io/created-by': 'linkerd/proxy-injector edge-25.9.1',
        'linkerd.io/proxy-version': 'edge-25.9.1',
        'linkerd.io/trust-root-sha256': 'b4f2c1d09e6a7f3388aa10cd5b7e9f6012d4c8a1e5f7093b6d2a4c8e1f0b3d57',
        'prometheus.io/scrape': 'true',
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${workload}-${templateHash}`,
          uid: replicaSetUid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      nodeName: node,
      serviceAccountName: workload,
      containers: [applicationContainer(workload), proxyContainer(workload)],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      tolerations: [
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
        {
          key: 'node.kubernetes.io/unreachable',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 300,
        },
      ],
    },
    status: {
      phase: ip === undefined ? 'Pending' : 'Running',
      ...(ip !== undefined && { podIP: ip, podIPs: [{ ip }] }),
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: createdAt }],
    },
  };
}

function applicationContainer(workload: string) {
  return {
    name: workload,
    image: `registry.example.net/shop/${workload}:2026.1.5-3f9c2ab`,
    ports: [
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9102, protocol: 'TCP' },
    ],
    env: ['DATABASE_URL', 'CACHE_URL', 'LOG_LEVEL'].map((name) => ({ name, value: `${workload}.${name}` })),
    resources: { limits: { memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 5 },
  };
}

function proxyContainer(workload: string) {
  const settings = {
    LOG: 'warn,linkerd=info',
    INBOUND_LISTEN_ADDR: '0.0.0.0:4143',
    IDENTITY_DIR: '/var/run',
  };
  return {
    name: 'linkerd-proxy',
    image: 'cr.l5d.io/linkerd/proxy:edge-25.9.1',
    ports: [
      { name: 'linkerd-proxy', containerPort: 4143, protocol: 'TCP' },
      { name: 'linkerd-admin', containerPort: 4191, protocol: 'TCP' },
    ],
    env: Object.entries({ ...settings, WORKLOAD: workload }).map(([name, value]) => ({
      name: `LINKERD2_PROXY_${name}`,
      value,
    })),
    livenessProbe: { httpGet: { path: '/live', port: 4191 }, initialDelaySeconds: 10 },
    readinessProbe: { httpGet: { path: '/ready', port: 4191 }, initialDelaySeconds: 2 },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsUser: 2102 },
  };
}

export function namespaceObject(meta: Meta): RawObject {
  const labels = { 'kubernetes.io/metadata.name': meta.name };
  return { metadata: { ...metadata(meta), labels, annotations: { 'linkerd.io/inject': 'enabled' } } };
}

/** Of a kind that is told by its metadata alone. */
export function bareObject(
  meta: Meta,
  owner?: { readonly kind: string; readonly name: string; readonly uid: string },
) {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'apps/v1', controller: true, ...owner }];
  return { metadata: { ...metadata(meta), ownerReferences } };
}

export function serviceObject(meta: Meta, clusterIp: string): RawObject {
  return {
    metadata: metadata(meta),
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      selector: { app: meta.name },
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
    },
  };
}

export function serverObject(meta: Meta): RawObject {
  return policyObject(meta, {
    podSelector: { matchLabels: { app: meta.name } },
    port: 'http',
    proxyProtocol: 'HTTP/1',
  });
}

export function authenticationObject(meta: Meta, identities: readonly string[]): RawObject {
  return policyObject(meta, { identities });
}

export function policyOf(meta: Meta): RawObject {
  const group = 'policy.linkerd.io';
  return policyObject(meta, {
    targetRef: { group, kind: 'Server', name: meta.name },
    requiredAuthenticationRefs: [{ group, kind: 'MeshTLSAuthentication', name: meta.name }],
  });
}

function policyObject(meta: Meta, spec: RawObject): RawObject {
  const fields = Object.fromEntries(Object.keys(spec).map((name) => [`f:${name}`, {}]));
  const managedFields = [
    { manager: 'helm', operation: 'Apply', time: createdAt, fieldsV1: { 'f:spec': fields } },
  ];
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  return { metadata: { ...metadata(meta), labels, managedFields }, spec };
}

function metadata(meta: Meta) {
  return { ...meta, creationTimestamp: createdAt };
}
