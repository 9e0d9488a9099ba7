import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';

/** The Linkerd release that the simulated mesh says it runs. */
export const linkerdVersion = 'edge-26.8.1';
export const controlPlaneNamespace = 'linkerd';
export const trustDomain = 'cluster.local';

/** Ports that carry no HTTP unless told otherwise: Linkerd's default `proxy.opaquePorts`. */
const defaultOpaquePorts = new Set([25, 587, 3306, 4444, 5432, 6379, 9300, 11211]);

/** Linkerd's default `proxyInit.ignoreInboundPorts` and `proxyInit.ignoreOutboundPorts`. */
const defaultSkippedPorts = '4567,4568';

type TextMap = Readonly<Record<string, string>>;

/** What a controller stamps its pods from. */
export interface PodTemplate {
  readonly metadata: { readonly labels: TextMap; readonly annotations: TextMap };
  readonly spec: JsonObject;
}

/** Undefined where the object has no template that pods could be made of. */
export function podTemplateOf(object: JsonObject): PodTemplate | undefined {
  const spec = object['spec'];
  const template = isJsonObject(spec) ? spec['template'] : undefined;
  if (!isJsonObject(template) || !isJsonObject(template['spec'])) return undefined;
  const metadata = isJsonObject(template['metadata']) ? template['metadata'] : {};
  return {
    metadata: { labels: textMap(metadata['labels']), annotations: textMap(metadata['annotations']) },
    spec: template['spec'],
  };
}

/**
 * The pod template with the proxy in it, where its annotations or those of its namespace ask for it.
 * The namespace's configuration is copied to the pod where the pod has none of its own.
 * Source: linkerd2 pkg/inject/inject.go, charts/partials/templates/_proxy-init.tpl (read at b24cd40).
 */
export function inject(
  template: PodTemplate,
  namespace: KubernetesObject | undefined,
  workload: { readonly kind: string; readonly name: string },
): PodTemplate {
  const fromNamespace = Object.entries(namespace?.metadata.annotations ?? {}).filter(
    ([key]) => key === 'linkerd.io/inject' || key.startsWith('config.'),
  );
  const annotations = { ...Object.fromEntries(fromNamespace), ...template.metadata.annotations };
  if (annotations['linkerd.io/inject'] !== 'enabled') return template;
  const native = annotations['config.beta.linkerd.io/proxy-enable-native-sidecar'] === 'true';
  const init = proxyInit(annotations);
  const initContainers = containersOf(template.spec, 'initContainers');
  const containers = containersOf(template.spec, 'containers');
  const opaque = declaredPorts(containers).filter((port) => defaultOpaquePorts.has(port));
  return {
    metadata: {
      labels: {
        ...template.metadata.labels,
        'linkerd.io/control-plane-ns': controlPlaneNamespace,
        [`linkerd.io/proxy-${workload.kind.toLowerCase()}`]: workload.name,
        'linkerd.io/workload-ns': namespace?.metadata.name ?? '',
      },
      annotations: {
        ...(opaque.length === 0 ? {} : { 'config.linkerd.io/opaque-ports': opaque.join(',') }),
        ...annotations,
        'linkerd.io/created-by': `linkerd/proxy-injector ${linkerdVersion}`,
        'linkerd.io/proxy-version': linkerdVersion,
      },
    },
    spec: native
      ? { ...template.spec, initContainers: [init, { ...proxy, restartPolicy: 'Always' }, ...initContainers] }
      : { ...template.spec, initContainers: [init, ...initContainers], containers: [proxy, ...containers] },
  };
}

/** The tap and the admin server of the proxy are always left out; the rest is Helm's default, unless the pod has its own. */
function proxyInit(annotations: TextMap): JsonObject {
  const inbound = annotations['config.linkerd.io/skip-inbound-ports'] ?? defaultSkippedPorts;
  const outbound = annotations['config.linkerd.io/skip-outbound-ports'] ?? defaultSkippedPorts;
  return {
    name: 'linkerd-init',
    image: 'cr.l5d.io/linkerd/proxy-init:v2.4.3',
    args: [
      '--incoming-proxy-port',
      '4143',
      '--outgoing-proxy-port',
      '4140',
      '--proxy-uid',
      '2102',
      '--inbound-ports-to-ignore',
      inbound === '' ? '4190,4191' : `4190,4191,${inbound}`,
      ...(outbound === '' ? [] : ['--outbound-ports-to-ignore', outbound]),
    ],
  };
}

const proxy = {
  name: 'linkerd-proxy',
  image: `cr.l5d.io/linkerd/proxy:${linkerdVersion}`,
  ports: [
    { name: 'linkerd-proxy', containerPort: 4143, protocol: 'TCP' },
    { name: 'linkerd-admin', containerPort: 4191, protocol: 'TCP' },
  ],
  livenessProbe: { httpGet: { path: '/live', port: 4191 }, initialDelaySeconds: 10 },
  readinessProbe: { httpGet: { path: '/ready', port: 4191 }, initialDelaySeconds: 2 },
};

function declaredPorts(containers: readonly JsonObject[]): readonly number[] {
  return containers
    .flatMap((container) => (Array.isArray(container['ports']) ? (container['ports'] as unknown[]) : []))
    .map((port) => (isJsonObject(port) ? port['containerPort'] : undefined))
    .filter((port) => typeof port === 'number');
}

function containersOf(spec: JsonObject, field: string): readonly JsonObject[] {
  const list = spec[field];
  return Array.isArray(list) ? (list as unknown[]).filter(isJsonObject) : [];
}

function textMap(value: unknown): TextMap {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
