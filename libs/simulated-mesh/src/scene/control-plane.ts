import { controlPlaneNamespace, linkerdVersion, trustDomain } from '../injector.js';
import { clusterNetworks } from '../policy-controller.js';
import type { SceneObject } from './scene-object.js';
import { deployment, meshed, namespace } from './scene-object.js';

/** On kube-system, whose uid identifies a cluster: the seed that this one grew from. */
export const seedLabel = 'linkerd-mcp.dev/simulated-seed';

/** Kubernetes' own namespace, and Linkerd's control plane. */
export function controlPlane(seed: string): readonly SceneObject[] {
  return [
    ...namespace('kube-system', { labels: { [seedLabel]: seed } }),
    ...namespace('default'),
    ...deployment({
      namespace: 'kube-system',
      name: 'coredns',
      image: 'registry.k8s.io/coredns/coredns:v1.11.3',
      replicas: 2,
      ports: [{ name: 'dns-tcp', number: 53 }],
    }),
    ...namespace(controlPlaneNamespace, {
      labels: { 'linkerd.io/is-control-plane': 'true', 'config.linkerd.io/admission-webhooks': 'disabled' },
    }),
    ...component('destination', [
      { name: 'destination', ports: [{ name: 'grpc', containerPort: 8086 }] },
      { name: 'sp-validator', ports: [{ name: 'sp-validator', containerPort: 8443 }] },
      {
        name: 'policy',
        image: `cr.l5d.io/linkerd/policy-controller:${linkerdVersion}`,
        args: policyControllerArgs,
        ports: [{ name: 'policy-grpc', containerPort: 8090 }],
      },
    ]),
    ...component('identity', [{ name: 'identity', ports: [{ name: 'ident-grpc', containerPort: 8080 }] }]),
    ...component('proxy-injector', [
      { name: 'proxy-injector', ports: [{ name: 'injector', containerPort: 8443 }] },
    ]),
  ];
}

const policyControllerArgs = [
  '--admin-addr=0.0.0.0:9990',
  '--control-plane-namespace=linkerd',
  '--grpc-addr=0.0.0.0:8090',
  '--server-addr=0.0.0.0:9443',
  '--server-tls-key=/var/run/linkerd/tls/tls.key',
  '--server-tls-certs=/var/run/linkerd/tls/tls.crt',
  `--cluster-networks=${clusterNetworks.join(',')}`,
  `--identity-domain=${trustDomain}`,
  '--cluster-domain=cluster.local',
  '--default-policy=all-unauthenticated',
  '--log-level=info',
  '--log-format=plain',
  '--default-opaque-ports=25,587,3306,4444,5432,6379,9300,11211',
  '--global-egress-network-namespace=linkerd-egress',
  '--probe-networks=0.0.0.0/0,::/0',
];

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly args?: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
}

function component(name: string, containers: readonly Container[]): readonly SceneObject[] {
  return deployment({
    namespace: controlPlaneNamespace,
    name: `linkerd-${name}`,
    annotations: meshed,
    labels: {
      'app.kubernetes.io/part-of': 'Linkerd',
      'app.kubernetes.io/version': linkerdVersion,
      'linkerd.io/control-plane-component': name,
      'linkerd.io/control-plane-ns': controlPlaneNamespace,
    },
    ports: containers[0]?.ports.map((port) => ({ name: port.name, number: port.containerPort })) ?? [],
    containers: containers.map((container) => ({
      image: `cr.l5d.io/linkerd/controller:${linkerdVersion}`,
      ...container,
    })),
  });
}
