import { allSettings, settingsOf } from '@mcp/runtime';

type Schema = Readonly<Record<string, unknown>>;

export const services = ['collector', 'mcp-api', 'reconciler'] as const;
export type Service = (typeof services)[number];

/** What the charts set themselves, or what has no place in a cluster; `settings` may not have it. */
const notByName =
  /^MCP_(HTTP_HOST|HTTP_PORT|MESH|REDIS_.*|CLUSTER_SOURCE|NAMESPACES|CONTROL_PLANE_NAMESPACE|GRPC_.*|MESH_PORT|MESH_IDENTITY|AUTH|TOKEN_FILE|TOKEN_AUDIENCE|SIGNING_KEY_FILE|WRITES|LEASE_NAMESPACE|PROMETHEUS_(URL|TOKEN_FILE|USER|PASSWORD_FILE|CA_FILE)|DATA_DIR|SIMULATION_.*|HOLDER|LEADER_ELECTION)$/;

const text: Schema = { type: 'string' };
const name: Schema = { type: 'string', pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$' };
const label: Schema = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' };
const yes: Schema = { type: 'boolean' };
const texts: Schema = { type: 'object', additionalProperties: text };
const anything: Schema = { type: 'object' };
const url = (...schemes: readonly string[]): Schema => ({
  type: 'string',
  pattern: `^((${schemes.join('|')})://.+)?$`,
});
const list = (items: Schema, more: Schema = {}): Schema => ({
  type: 'array',
  items,
  uniqueItems: true,
  ...more,
});
const closed = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});
const port: Schema = { type: 'integer', minimum: 1, maximum: 65535 };
const peers = list(anything);
const monitor = closed({
  enabled: yes,
  interval: { type: 'string', pattern: '^[1-9][0-9]*(s|m)$' },
  labels: texts,
});
/** Scraped by both, a process would be counted twice. */
const oneMonitor: Schema = {
  if: { properties: { podMonitor: { properties: { enabled: { const: true } } } } },
  then: { properties: { serviceMonitor: { properties: { enabled: { const: false } } } } },
};
const address: Schema = { type: 'string', pattern: '^[^/@\\s]+:[1-9][0-9]{0,4}$' };

const global = closed({
  mesh: label,
  namespaces: list(label),
  image: closed({
    registry: text,
    repository: { type: 'string', minLength: 1 },
    tag: text,
    pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
    pullSecrets: list(name),
  }),
  redis: closed({
    install: yes,
    // credentials are in Secrets
    url: { type: 'string', pattern: '^(rediss?://[^@]+)?$' },
    sentinels: list(address),
    sentinelMaster: { type: 'string', minLength: 1 },
    clusterNodes: list(address),
    user: text,
    sentinelUser: text,
    existingSecret: name,
    passwordKey: { type: 'string', minLength: 1 },
    sentinelPasswordKey: text,
    tls: closed({
      enabled: yes,
      existingSecret: name,
      caKey: text,
      certificateKey: text,
      keyKey: text,
      serverName: text,
    }),
    replicas: { type: 'integer', minimum: 0, maximum: 9 },
  }),
  linkerd: closed({
    inject: yes,
    policy: yes,
    controlPlaneNamespace: name,
    operationsNetworks: list(text, { minItems: 1 }),
  }),
});

/** Any setting that an app has, as its `--help` tells it. */
function settings(): Schema {
  const all = allSettings.flatMap((section) => [...settingsOf(section).values()]);
  const named = all
    .filter(({ env }) => !notByName.test(env))
    .map(({ env, doc }): [string, Schema] => [env, { type: ['string', 'integer'], description: doc }]);
  return closed(Object.fromEntries(named));
}

function service(own: Readonly<Record<string, Schema>>, doors: Readonly<Record<string, Schema>>): Schema {
  const values = {
    global,
    // helm adds what the library chart has
    parts: anything,
    replicas: { type: 'integer', minimum: 0 },
    imageTag: text,
    settings: settings(),
    serviceAccount: closed({ create: yes, name, annotations: texts, automount: yes }),
    networkPolicy: closed({ enabled: yes, operationsFrom: peers, ...doors }),
    podMonitor: monitor,
    serviceMonitor: monitor,
    resources: anything,
    spreadOver: list(text),
    podLabels: texts,
    podAnnotations: texts,
    nodeSelector: texts,
    tolerations: list(anything),
    affinity: anything,
    priorityClassName: name,
    ...own,
  };
  return closed(values, { allOf: [oneMonitor] });
}

/** Who changes the cluster must be known. */
const changesByKnownCallers: Schema = {
  if: { properties: { writes: { properties: { enabled: { const: true } } } } },
  then: { properties: { auth: { properties: { mode: { enum: ['kubernetes', 'token-file'] } } } } },
};

/** Roles say what they may do; a proxy and a Server are what makes their identities true. */
const callersOfTheMesh: Schema = {
  if: { properties: { meshIdentity: { properties: { enabled: { const: true } } } } },
  then: {
    properties: {
      auth: { properties: { mode: { const: 'kubernetes' } } },
      global: {
        properties: { linkerd: { properties: { inject: { const: true }, policy: { const: true } } } },
      },
    },
  },
};

const asksTheApiServer = { apiServerPorts: list(port, { minItems: 1 }) };
const rbac = closed({ create: yes });

const ofServices: Readonly<Record<Service, Schema>> = {
  collector: service(
    {
      rbac,
      prometheus: closed(
        {
          url: url('http', 'https'),
          existingSecret: name,
          tokenKey: text,
          user: { type: 'string', pattern: '^[^:]*$' },
          passwordKey: text,
          caKey: text,
        },
        {
          // a password is somebody's
          if: { properties: { passwordKey: { minLength: 1 } } },
          then: { properties: { user: { minLength: 1 } } },
        },
      ),
    },
    asksTheApiServer,
  ),
  'mcp-api': {
    ...service(
      {
        auth: closed(
          {
            mode: { enum: ['none', 'kubernetes', 'token-file'] },
            audience: { type: 'string', maxLength: 253 },
            existingSecret: name,
            key: { type: 'string', minLength: 1 },
          },
          {
            allOf: [
              {
                if: { properties: { mode: { const: 'token-file' } } },
                then: { properties: { existingSecret: { minLength: 1 } } },
              },
              {
                // an audience that nobody checks is one that someone relies on
                if: { properties: { audience: { minLength: 1 } } },
                then: { properties: { mode: { const: 'kubernetes' } } },
              },
            ],
          },
        ),
        rbac,
        meshIdentity: closed({ enabled: yes, trustDomain: { ...name, minLength: 1 } }),
        signingKey: closed({ existingSecret: name, key: { type: 'string', minLength: 1 } }),
        writes: closed({ enabled: yes }),
        linkerdClients: list({ type: 'string', minLength: 1 }, { minItems: 1 }),
      },
      { clients: peers, ...asksTheApiServer },
    ),
    allOf: [oneMonitor, changesByKnownCallers, callersOfTheMesh],
  },
  reconciler: service({ rbac }, asksTheApiServer),
};

const umbrella = closed({
  global,
  parts: anything,
  // each is checked by the schema of its own chart
  collector: anything,
  'mcp-api': anything,
  reconciler: anything,
  alerts: closed({ enabled: yes, labels: texts }),
  dashboard: closed({ enabled: yes, labels: texts }),
  redis: closed({
    image: { type: 'string', minLength: 1 },
    server: text,
    client: text,
    persistence: closed({ size: { type: 'string', pattern: '^[0-9]+(Mi|Gi|Ti)$' }, storageClass: text }),
    resources: anything,
    nodeSelector: texts,
    tolerations: list(anything),
    affinity: anything,
  }),
});

/** The values that a chart takes: any other name is a mistake. */
export function valuesSchemaOf(chart: Service | 'linkerd-mcp'): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $comment: 'Generated from test/charts/values-schema.ts: GOLDEN_UPDATE=1 npm run unit -- test/charts',
    title: `Values of the chart ${chart}`,
    ...(chart === 'linkerd-mcp' ? umbrella : ofServices[chart]),
  };
}
