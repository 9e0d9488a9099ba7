import { allow, byHand, clients, to } from './policy-objects.js';
import type { SceneObject } from './scene-object.js';
import { daemonSet, deployment, http, meshed, namespace, nativeSidecar } from './scene-object.js';

/** What is around the shop: the way in, the monitoring, and an old application that is not in the mesh. */
export function surroundings(): readonly SceneObject[] {
  return [...ingress(), ...monitoring(), ...legacy()];
}

function ingress(): readonly SceneObject[] {
  return [
    ...namespace('ingress', { annotations: meshed }),
    ...deployment({
      namespace: 'ingress',
      name: 'edge',
      replicas: 2,
      ports: [http, { name: 'https', number: 8443, served: 443 }],
      probe: '/healthz',
      annotations: { ...nativeSidecar, 'config.linkerd.io/skip-inbound-ports': '8443' },
      service: { type: 'LoadBalancer' },
    }),
  ];
}

function monitoring(): readonly SceneObject[] {
  const home = 'monitoring';
  const kept = byHand(home);
  return [
    ...namespace(home),
    ...deployment({
      namespace: home,
      name: 'prometheus',
      image: 'docker.io/prom/prometheus:v2.55.1',
      annotations: meshed,
      ports: [{ name: 'http', number: 9090 }],
      probe: '/-/ready',
    }),
    ...deployment({
      namespace: home,
      name: 'grafana',
      image: 'docker.io/grafana/grafana:11.3.0',
      annotations: { ...meshed, 'config.linkerd.io/default-inbound-policy': 'cluster-authenticated' },
      ports: [{ name: 'http', number: 3000 }],
      probe: '/api/health',
    }),
    ...daemonSet({
      namespace: home,
      name: 'node-agent',
      ports: [{ name: 'metrics', number: 9100 }],
      service: { clusterIP: 'None' },
    }),
    clients(kept, 'monitoring', to.namespace(home)),
    allow(kept, 'monitoring-internal', to.namespace(home), to.meshTls('monitoring')),
  ];
}

function legacy(): readonly SceneObject[] {
  return [
    ...namespace('legacy'),
    ...deployment({
      namespace: 'legacy',
      name: 'backoffice',
      image: 'registry.example/legacy/backoffice:0.9.7',
      ports: [http],
    }),
  ];
}
