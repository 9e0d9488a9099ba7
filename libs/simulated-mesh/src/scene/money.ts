import { controlPlaneNamespace, trustDomain } from '../injector.js';
import { resources } from '../resource-type.js';
import { allow, byArgoCd, byHand, clients, policyObject, server, to } from './policy-objects.js';
import type { SceneObject } from './scene-object.js';
import {
  deployment,
  grpc,
  hourlyJob,
  http,
  meshed,
  namespace,
  nativeSidecar,
  sceneObject,
  statefulSet,
} from './scene-object.js';

/** Payments, deployed by Argo CD, which therefore owns their policies. */
export function payments(): readonly SceneObject[] {
  const home = 'payments';
  const kept = byArgoCd(home, 'payments');
  return [
    ...namespace(home, { annotations: meshed }),
    ...deployment({
      namespace: home,
      name: 'payments',
      replicas: 2,
      bounds: '2-4',
      ports: [http],
      probe: '/ready',
    }),
    ...deployment({ namespace: home, name: 'fraud-check', ports: [grpc], annotations: nativeSidecar }),
    sceneObject(
      resources.Service,
      { namespace: home, name: 'card-network' },
      { spec: { type: 'ExternalName', externalName: 'api.cards.example' } },
    ),
    server(kept, 'payments-http', 'payments', 'http'),
    clients(kept, 'payers', to.serviceAccount('shop', 'orders')),
    allow(kept, 'payments-from-orders', to.server('payments-http'), to.meshTls('payers')),
    server(kept, 'fraud-check-grpc', 'fraud-check', 'grpc', { proxyProtocol: 'gRPC' }),
    allow(
      kept,
      'fraud-check-from-payments',
      to.server('fraud-check-grpc'),
      to.serviceAccount(home, 'payments'),
    ),
    policyObject(kept, resources.EgressNetwork, 'card-network', {
      trafficPolicy: 'Allow',
      networks: [{ cidr: '203.0.113.0/24', except: ['203.0.113.7/32'] }],
    }),
  ];
}

/** The books: a database, the service in front of it, an hourly report, and an archive outside of the cluster. */
export function ledger(): readonly SceneObject[] {
  const home = 'ledger';
  const kept = byHand(home);
  return [
    ...namespace(home, { annotations: meshed }),
    ...statefulSet({
      namespace: home,
      name: 'ledger-db',
      image: 'docker.io/library/postgres:16.4',
      replicas: 2,
      ports: [{ name: 'psql', number: 5432 }],
      service: { clusterIP: 'None' },
    }),
    ...deployment({
      namespace: home,
      name: 'ledger',
      replicas: 2,
      bounds: '1-3',
      ports: [http],
      probe: '/healthz',
    }),
    ...hourlyJob({ namespace: home, name: 'report', annotations: nativeSidecar }),
    server(kept, 'ledger-db-psql', 'ledger-db', 'psql', { proxyProtocol: 'opaque' }),
    policyObject(kept, resources.MeshTLSAuthentication, 'ledger-app', {
      identities: [`ledger.${home}.serviceaccount.identity.${controlPlaneNamespace}.${trustDomain}`],
    }),
    allow(kept, 'ledger-db-from-ledger', to.server('ledger-db-psql'), to.meshTls('ledger-app')),
    // what no policy names is let through for now, and counted
    server(kept, 'ledger-http', 'ledger', 'http', { accessPolicy: 'audit' }),
    allow(kept, 'ledger-from-payments', to.server('ledger-http'), to.serviceAccount('payments', 'payments')),
    clients(kept, 'auditors', to.serviceAccount(home, 'report')),
    allow(kept, 'auditors', to.namespace(home), to.meshTls('auditors')),
    sceneObject(
      resources.ExternalWorkload,
      { namespace: home, name: 'archive-vm-1', labels: { app: 'archive' } },
      {
        spec: {
          meshTLS: {
            identity: 'spiffe://root.linkerd.cluster.local/archive',
            serverName: 'archive.cluster.local',
          },
          workloadIPs: [{ ip: '198.51.100.20' }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      },
    ),
    sceneObject(
      resources.Service,
      { namespace: home, name: 'archive' },
      {
        spec: {
          type: 'ClusterIP',
          selector: { app: 'archive' },
          ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
        },
      },
    ),
    policyObject(kept, resources.Server, 'archive-http', {
      externalWorkloadSelector: { matchLabels: { app: 'archive' } },
      port: 'http',
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'deny',
    }),
    allow(kept, 'archive-from-ledger', to.server('archive-http'), to.meshTls('ledger-app')),
  ];
}
