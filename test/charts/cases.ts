interface Case {
  readonly chart: string;
  readonly values: object;
  /** What is rendered has whole files of the chart in it. */
  readonly withoutGolden?: true;
}

/** The values that the charts are rendered and tried with; a golden file each. */
export const cases: Readonly<Record<string, Case>> = {
  default: { chart: 'linkerd-mcp', values: {} },
  'some-namespaces': {
    chart: 'linkerd-mcp',
    values: { global: { namespaces: ['shop', 'ledger'], linkerd: { controlPlaneNamespace: 'linkerd' } } },
  },
  'redis-of-ones-own': {
    chart: 'linkerd-mcp',
    values: {
      global: {
        redis: {
          install: false,
          url: 'rediss://redis.example.com:6380',
          user: 'mcp',
          existingSecret: 'redis-login',
          replicas: 1,
          tls: { existingSecret: 'redis-certificates', certificateKey: 'tls.crt', keyKey: 'tls.key' },
        },
      },
    },
  },
  sentinels: {
    chart: 'linkerd-mcp',
    values: {
      global: {
        redis: {
          install: false,
          sentinels: ['sentinel-0.sentinel:26379', 'sentinel-1.sentinel:26379'],
          sentinelUser: 'mcp',
          existingSecret: 'redis-login',
          sentinelPasswordKey: 'sentinel',
          replicas: 2,
          tls: { enabled: true, existingSecret: 'redis-certificates', serverName: 'redis.example.com' },
        },
      },
    },
  },
  'redis-cluster': {
    chart: 'linkerd-mcp',
    values: {
      global: { redis: { install: false, clusterNodes: ['redis-0.redis:7000', 'redis-1.redis:7001'] } },
    },
  },
  'no-linkerd': {
    chart: 'linkerd-mcp',
    values: { global: { linkerd: { inject: false, policy: false } } },
  },
  writing: {
    chart: 'linkerd-mcp',
    values: {
      'mcp-api': {
        auth: { mode: 'token-file', existingSecret: 'mcp-tokens' },
        writes: { enabled: true },
        linkerdClients: ['portal.web.serviceaccount.identity.linkerd.cluster.local'],
      },
    },
  },
  everything: {
    chart: 'linkerd-mcp',
    values: {
      global: {
        mesh: 'west',
        redis: { existingSecret: 'redis-passwords' },
        image: { registry: 'registry.example.com/mesh', tag: '0.1.0', pullSecrets: ['registry-login'] },
      },
      redis: {
        persistence: { size: '20Gi', storageClass: 'fast' },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'disk', operator: 'Exists' }],
        affinity: { podAntiAffinity: {} },
      },
      collector: {
        replicas: 3,
        imageTag: '0.0.9',
        settings: {
          MCP_LOG_LEVEL: 'debug',
          MCP_LEDGER_DAYS: 60,
          MCP_OTLP_URL: 'http://otel-collector.monitoring:4318',
        },
        prometheus: {
          url: 'https://prometheus.monitoring.svc:9091',
          existingSecret: 'prometheus-login',
          tokenKey: 'token',
          caKey: 'ca.crt',
        },
        podMonitor: { enabled: true, labels: { release: 'prometheus' } },
        nodeSelector: { pool: 'system' },
        tolerations: [{ key: 'system', operator: 'Exists' }],
        affinity: { nodeAffinity: {} },
        priorityClassName: 'system-cluster-critical',
        podLabels: { team: 'mesh' },
        podAnnotations: { 'config.linkerd.io/proxy-cpu-request': '50m' },
        serviceAccount: { name: 'mesh-reader', annotations: { owner: 'mesh' } },
      },
      reconciler: { podMonitor: { enabled: true }, networkPolicy: { apiServerPorts: [8443] } },
      'mcp-api': {
        serviceMonitor: { enabled: true, interval: '1m', labels: { release: 'prometheus' } },
        auth: { mode: 'token-file', existingSecret: 'mcp-tokens', key: 'people' },
        signingKey: { existingSecret: 'mcp-signing-key' },
      },
    },
  },
  monitoring: {
    chart: 'linkerd-mcp',
    values: {
      alerts: { enabled: true, labels: { release: 'prometheus' } },
      dashboard: { enabled: true },
      collector: { serviceMonitor: { enabled: true } },
      'mcp-api': { serviceMonitor: { enabled: true } },
      reconciler: { serviceMonitor: { enabled: true } },
    },
    withoutGolden: true,
  },
  collector: {
    chart: 'collector',
    values: {
      replicas: 1,
      global: { redis: { url: 'redis://redis:6379' } },
      prometheus: {
        url: 'http://prometheus',
        existingSecret: 'prometheus-login',
        user: 'mcp',
        passwordKey: 'password',
      },
    },
  },
  'mcp-api': { chart: 'mcp-api', values: { global: { redis: { url: 'redis://redis:6379' } } } },
  'users-of-the-cluster': {
    chart: 'mcp-api',
    values: {
      global: { redis: { url: 'redis://redis:6379' } },
      auth: { mode: 'kubernetes', audience: 'linkerd-mcp' },
      writes: { enabled: true },
      networkPolicy: { apiServerPorts: [8443] },
    },
  },
  'callers-of-the-mesh': {
    chart: 'mcp-api',
    values: {
      global: { redis: { url: 'redis://redis:6379' }, linkerd: { controlPlaneNamespace: 'mesh' } },
      auth: { mode: 'kubernetes', audience: 'linkerd-mcp' },
      meshIdentity: { enabled: true, trustDomain: 'west.example.com' },
      linkerdClients: ['portal.web.serviceaccount.identity.mesh.west.example.com'],
    },
  },
  reconciler: {
    chart: 'reconciler',
    values: { global: { redis: { url: 'redis://redis:6379' } }, rbac: { create: false } },
  },
};

/** Values that a chart must not take, and what helm says of them. */
export const refused: readonly (readonly [string, string, object, RegExp])[] = [
  [
    'writes without authentication',
    'mcp-api',
    { writes: { enabled: true } },
    /\/auth\/mode.*'kubernetes', 'token-file'/,
  ],
  [
    'writes without authentication, through the umbrella',
    'linkerd-mcp',
    { 'mcp-api': { writes: { enabled: true } } },
    /mcp-api:[^]*\/auth\/mode.*'token-file'/,
  ],
  ['tokens that are nowhere', 'mcp-api', { auth: { mode: 'token-file' } }, /\/auth\/existingSecret/],
  ['an audience that nobody checks', 'mcp-api', { auth: { audience: 'x' } }, /\/auth\/mode.*'kubernetes'/],
  ['an unknown way to authenticate', 'mcp-api', { auth: { mode: 'magic' } }, /\/auth\/mode/],
  ['a misspelt value', 'collector', { replica: 3 }, /'replica' not allowed/],
  ['a misspelt value of all three', 'linkerd-mcp', { global: { mash: 'x' } }, /\/global.*'mash' not allowed/],
  [
    'a setting that there is not',
    'collector',
    { settings: { MCP_LOG_LEVL: 'debug' } },
    /'MCP_LOG_LEVL' not allowed/,
  ],
  [
    'a setting that the chart sets',
    'reconciler',
    { settings: { MCP_LEADER_ELECTION: 'none' } },
    /'MCP_LEADER_ELECTION' not allowed/,
  ],
  [
    'a namespace that cannot be',
    'linkerd-mcp',
    { global: { namespaces: ['Shop'] } },
    /\/global\/namespaces\/0/,
  ],
  ['a password for nobody', 'collector', { prometheus: { passwordKey: 'p' } }, /\/prometheus\/user/],
  [
    'a Redis of another kind',
    'collector',
    { global: { redis: { url: 'http://redis' } } },
    /\/global\/redis\/url/,
  ],
  [
    'a password in plain sight',
    'collector',
    { global: { redis: { url: 'redis://a:b@redis' } } },
    /\/global\/redis\/url/,
  ],
  [
    'to be scraped twice',
    'reconciler',
    { podMonitor: { enabled: true }, serviceMonitor: { enabled: true } },
    /\/serviceMonitor\/enabled/,
  ],
  ['no Redis at all', 'collector', {}, /global\.redis\.url must say where the event log is/],
  [
    'identities of the mesh without roles',
    'mcp-api',
    { auth: { mode: 'none' }, meshIdentity: { enabled: true } },
    /\/auth\/mode/,
  ],
  [
    'identities of the mesh that no Server keeps true',
    'mcp-api',
    { auth: { mode: 'kubernetes' }, meshIdentity: { enabled: true }, global: { linkerd: { policy: false } } },
    /\/global\/linkerd\/policy/,
  ],
  [
    'identities of the mesh without a proxy',
    'linkerd-mcp',
    {
      'mcp-api': { auth: { mode: 'kubernetes' }, meshIdentity: { enabled: true } },
      global: { linkerd: { inject: false } },
    },
    /\/global\/linkerd\/inject/,
  ],
  ['half a replica', 'collector', { replicas: 0.5 }, /\/replicas/],
];
