import type { JsonObject } from '../kubernetes-object.js';
import type { ResourceType } from '../resource-type.js';
import { resources, storedApiVersion } from '../resource-type.js';

/** An object of the scene, and who put it there how. */
export interface SceneObject {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly manifest: JsonObject;
  readonly manager: string;
}

export type TextMap = Readonly<Record<string, string>>;

interface Meta {
  readonly namespace?: string;
  readonly name: string;
  readonly labels?: TextMap;
  readonly annotations?: TextMap;
}

/** Who deployed the shop. */
const deployer = 'helm';

export function sceneObject(
  type: ResourceType,
  { namespace = '', name, labels, annotations }: Meta,
  rest: JsonObject = {},
  manager = deployer,
): SceneObject {
  const metadata = {
    name,
    ...(namespace === '' ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  return {
    type,
    namespace,
    manifest: { apiVersion: storedApiVersion(type), kind: type.kind, metadata, ...rest },
    manager,
  };
}

/** A namespace with the service account that every namespace has. */
export function namespace(
  name: string,
  { labels = {}, annotations = {} }: { readonly labels?: TextMap; readonly annotations?: TextMap } = {},
): readonly SceneObject[] {
  return [
    sceneObject(resources.Namespace, { name, labels, annotations }),
    sceneObject(resources.ServiceAccount, { namespace: name, name: 'default' }),
  ];
}

export const meshed: TextMap = { 'linkerd.io/inject': 'enabled' };
export const nativeSidecar: TextMap = { 'config.beta.linkerd.io/proxy-enable-native-sidecar': 'true' };

/**
 * How many pods a Deployment may have: life keeps it within these bounds. A Deployment without it is left alone, and so
 * is one that a user makes, unless it says so too.
 */
export const replicaBoundsAnnotation = 'simulated.linkerd-mcp.dev/replicas';

interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly image?: string;
  readonly replicas?: number;
  /** For example `1-4`: scales within these bounds by itself. */
  readonly bounds?: string;
  readonly annotations?: TextMap;
  readonly labels?: TextMap;
  readonly ports?: readonly Port[];
  /** Path of the readiness probe, on the first port. */
  readonly probe?: string;
  /** Left out: a ClusterIP Service with the same ports. */
  readonly service?: JsonObject | 'none';
  readonly containers?: readonly JsonObject[];
}

interface Port {
  readonly name: string;
  readonly number: number;
  /** What the Service calls it by, where that is another number. */
  readonly served?: number;
}

export const http: Port = { name: 'http', number: 8080, served: 80 };
export const grpc: Port = { name: 'grpc', number: 9090 };

/** A Deployment with its service account and its Service. */
export function deployment(workload: Workload): readonly SceneObject[] {
  const { namespace: home, name, replicas = 1, bounds } = workload;
  const annotations = bounds === undefined ? {} : { [replicaBoundsAnnotation]: bounds };
  const spec = { replicas, selector: { matchLabels: { app: name } }, template: templateOf(workload) };
  return [
    sceneObject(resources.ServiceAccount, { namespace: home, name }),
    sceneObject(
      resources.Deployment,
      { namespace: home, name, labels: labelsOf(workload), annotations },
      { spec },
    ),
    ...serviceOf(workload),
  ];
}

export function statefulSet(workload: Workload): readonly SceneObject[] {
  const { namespace: home, name, replicas = 1 } = workload;
  const spec = {
    replicas,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: templateOf(workload),
  };
  return [
    sceneObject(resources.ServiceAccount, { namespace: home, name }),
    sceneObject(resources.StatefulSet, { namespace: home, name, labels: labelsOf(workload) }, { spec }),
    ...serviceOf(workload),
  ];
}

export function daemonSet(workload: Workload): readonly SceneObject[] {
  const { namespace: home, name } = workload;
  const spec = { selector: { matchLabels: { app: name } }, template: templateOf(workload) };
  return [
    sceneObject(resources.ServiceAccount, { namespace: home, name }),
    sceneObject(resources.DaemonSet, { namespace: home, name, labels: labelsOf(workload) }, { spec }),
    ...serviceOf(workload),
  ];
}

/** Runs at every full hour. */
export function hourlyJob(workload: Workload): readonly SceneObject[] {
  const { namespace: home, name } = workload;
  const template = templateOf(workload);
  const spec = {
    schedule: '0 * * * *',
    jobTemplate: { spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } } },
  };
  return [
    sceneObject(resources.ServiceAccount, { namespace: home, name }),
    sceneObject(resources.CronJob, { namespace: home, name, labels: labelsOf(workload) }, { spec }),
  ];
}

function labelsOf({ name, labels = {} }: Workload): TextMap {
  return { app: name, ...labels };
}

function templateOf(workload: Workload): { readonly metadata: JsonObject; readonly spec: JsonObject } {
  const { name, namespace: home, ports = [], probe, annotations = {} } = workload;
  const main = {
    name,
    image: workload.image ?? `registry.example/${home}/${name}:1.4.0`,
    ports: ports.map((port) => ({ name: port.name, containerPort: port.number, protocol: 'TCP' })),
    ...(probe === undefined ? {} : { readinessProbe: { httpGet: { path: probe, port: ports[0]?.name } } }),
  };
  return {
    metadata: { labels: labelsOf(workload), annotations },
    spec: { serviceAccountName: name, containers: workload.containers ?? [main] },
  };
}

function serviceOf(workload: Workload): readonly SceneObject[] {
  const { namespace: home, name, ports = [], service = {} } = workload;
  if (service === 'none' || ports.length === 0) return [];
  const spec = {
    type: 'ClusterIP',
    selector: { app: name },
    ports: ports.map((port) => ({
      name: port.name,
      port: port.served ?? port.number,
      targetPort: port.name,
      protocol: 'TCP',
    })),
    ...service,
  };
  return [sceneObject(resources.Service, { namespace: home, name, labels: { app: name } }, { spec })];
}
