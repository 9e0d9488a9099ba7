import type { ContainerPort, HttpProbe, PodShape, PodState, SkippedPorts } from '@mcp/mesh';
import {
  controlPlaneNamespaceLabel,
  proxyContainer,
  proxyInitContainer,
  proxyVersionAnnotation,
} from '../names.js';
import { readyByStatus } from './conditions.js';
import type { Field } from './field.js';
import { read } from './field.js';
import { flagValues } from './flag-values.js';
import { controllingOwner, identityOfNamespaced, labelsOf, linkerdAnnotationsOf } from './metadata.js';
import type { Parsed } from './parsed.js';

/** A pod, and what it is apart from which pod it is. `state.shape` is empty until the shape has its content address. */
export interface ParsedPod {
  readonly state: PodState;
  readonly shape: PodShape;
}

const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

export function parsePod(raw: unknown): Parsed<ParsedPod> {
  return read(raw, (object) => ({ state: stateOf(object), shape: shapeOf(object) }));
}

function stateOf(pod: Field): PodState {
  const owner = controllingOwner(pod);
  const node = pod
    .at('spec')
    .at('nodeName')
    .optional((name) => name.string());
  const status = pod.at('status');
  const ips = status.at('podIPs').list((entry) => entry.at('ip').string());
  const ip = status.at('podIP').optional((address) => address.string());
  return {
    ...identityOfNamespaced(pod),
    shape: '',
    ...(owner && { owner }),
    ips: ips.length > 0 || ip === undefined ? ips : [ip],
    ...(node !== undefined && { node }),
    phase: status.at('phase').optional((phase) => phase.oneOf(phases)) ?? 'Unknown',
    ready: readyByStatus(pod),
  };
}

function shapeOf(pod: Field): PodShape {
  const spec = pod.at('spec');
  const containers = [
    ...spec.at('containers').list((container) => ({ container, init: false })),
    ...spec.at('initContainers').list((container) => ({ container, init: true })),
  ];
  const labels = labelsOf(pod);
  const annotations = linkerdAnnotationsOf(pod);
  const proxy = containers.find(({ container, init }) => isProxy(container, init))?.container;
  const proxyInit = containers.find(
    ({ container, init }) => init && container.at('name').string() === proxyInitContainer,
  )?.container;
  const proxyVersion = annotations[proxyVersionAnnotation] ?? proxy?.at('image').optional(imageTag);
  return {
    labels,
    annotations,
    serviceAccount: spec.at('serviceAccountName').optional((name) => name.string()) ?? 'default',
    ports: containers.flatMap(({ container, init }) => portsOf(container, init)),
    probes: distinct(containers.flatMap(({ container, init }) => httpProbesOf(container, init))),
    meshed: proxy !== undefined,
    governed: Object.hasOwn(labels, controlPlaneNamespaceLabel),
    ...(proxy !== undefined && proxyVersion !== undefined && { proxyVersion }),
    ...(proxyInit && { skippedPorts: skippedPortsOf(proxyInit) }),
  };
}

/** An init container that does not keep running has ended before the pod serves anything. */
function isProxy(container: Field, init: boolean): boolean {
  if (container.at('name').string() !== proxyContainer) return false;
  return !init || container.at('restartPolicy').written === 'Always';
}

/**
 * A list that is given more than once is added up.
 * Source: linkerd2 charts/partials/templates/_proxy-init.tpl (read at b24cd40).
 */
function skippedPortsOf(proxyInit: Field): SkippedPorts {
  const args = proxyInit.at('args').strings();
  return {
    inbound: flagValues(args, 'inbound-ports-to-ignore').join(','),
    outbound: flagValues(args, 'outbound-ports-to-ignore').join(','),
  };
}

function portsOf(container: Field, init: boolean): ContainerPort[] {
  return container.at('ports').list((port) => {
    const name = port.at('name').optional((text) => text.string());
    return {
      container: container.at('name').string(),
      init,
      ...(name !== undefined && { name }),
      number: port.at('containerPort').port(),
      protocol: port.at('protocol').optional((text) => text.string()) ?? 'TCP',
    };
  });
}

/**
 * The paths that the kubelet asks for over HTTP, without their query. Other probes leave no trace in policy. A path that
 * lacks its leading slash stays as written: the kubelet adds the slash, while Linkerd's probe route does not cover it.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/workload.rs, pod_http_probes (read at b24cd40).
 */
function httpProbesOf(container: Field, init: boolean): HttpProbe[] {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => {
    const httpGet = container.at(probe).at('httpGet');
    if (!httpGet.present) return [];
    const path = httpGet.at('path').optional((text) => text.string()) ?? '';
    return [
      {
        container: container.at('name').string(),
        init,
        port: httpGet.at('port').portOrName(),
        path: path === '' ? '/' : (path.split('?')[0] ?? ''),
      },
    ];
  });
}

function imageTag(image: Field): string | undefined {
  const named = image.string().split('@')[0] ?? '';
  return /:([^:/]+)$/.exec(named)?.[1];
}

/** Several probes of a container often ask for the same path. */
function distinct(probes: readonly HttpProbe[]): HttpProbe[] {
  const keyOf = ({ container, init, port, path }: HttpProbe) =>
    [container, init, typeof port, port, path].join(' ');
  return [...new Map(probes.map((probe) => [keyOf(probe), probe])).values()];
}
