import { resources } from '../resource-type.js';
import { allow, at, byHand, clients, network, policyObject, route, server, to } from './policy-objects.js';
import type { SceneObject } from './scene-object.js';
import { deployment, grpc, http, meshed, namespace, sceneObject } from './scene-object.js';

const home = 'shop';
const kept = byHand(home);

/** The shop itself: web, cart, orders, inventory, catalog, emailer. Its policies are kept by hand. */
export function shop(): readonly SceneObject[] {
  return [...namespace(home, { annotations: meshed }), ...workloads(), ...policies()];
}

/** A policy of the shop that asks for an authentication which does not exist: Linkerd ignores it, and nobody may mail. */
export const brokenPolicy = {
  namespace: home,
  name: 'emailer-from-marketing',
  missing: 'marketing',
} as const;

function workloads(): readonly SceneObject[] {
  const app = { namespace: home, ports: [http], probe: '/healthz' };
  return [
    ...deployment({ ...app, name: 'web', replicas: 3, bounds: '2-5' }),
    ...deployment({ ...app, name: 'cart', replicas: 2, bounds: '1-4' }),
    ...deployment({ ...app, name: 'orders', replicas: 2, bounds: '2-4' }),
    ...deployment({ ...app, name: 'inventory', replicas: 2, bounds: '1-3' }),
    ...deployment({ namespace: home, name: 'catalog', replicas: 2, bounds: '1-3', ports: [grpc] }),
    ...deployment({ ...app, name: 'emailer' }),
    // the old stock system: its addresses are kept by hand, outside of this API
    sceneObject(
      resources.Service,
      { namespace: home, name: 'erp' },
      { spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8000, protocol: 'TCP' }] } },
    ),
  ];
}

function policies(): readonly SceneObject[] {
  return [...webPolicies(), ...cartPolicies(), ...ordersPolicies(), ...otherPolicies()];
}

function webPolicies(): readonly SceneObject[] {
  return [
    server(kept, 'web-http', 'web', 'http'),
    clients(kept, 'edge', to.serviceAccount('ingress', 'edge')),
    allow(kept, 'web-from-edge', to.server('web-http'), to.meshTls('edge')),
    policyObject(kept, resources.HTTPLocalRateLimitPolicy, 'web-limit', {
      targetRef: to.server('web-http'),
      total: { requestsPerSecond: 200 },
      identity: { requestsPerSecond: 50 },
      overrides: [{ requestsPerSecond: 150, clientRefs: [to.serviceAccount('ingress', 'edge')] }],
    }),
  ];
}

/** A route of the Gateway API; the probes need one of their own, since any route takes the place of the default ones. */
function cartPolicies(): readonly SceneObject[] {
  return [
    server(kept, 'cart-http', 'cart', 8080),
    policyObject(kept, resources.GatewayHTTPRoute, 'cart-api', {
      parentRefs: [to.server('cart-http')],
      rules: [{ matches: [at('PathPrefix', '/cart')] }],
    }),
    allow(kept, 'cart-from-web', to.gatewayRoute('cart-api'), to.serviceAccount(home, 'web')),
    route(kept, 'cart-probes', 'cart-http', at('Exact', '/healthz', 'GET')),
    allow(kept, 'cart-probes', to.route('cart-probes'), to.network('everywhere')),
    network(kept, 'everywhere', '0.0.0.0/0', '::/0'),
  ];
}

/** Reading is open to more callers than writing; the unmeshed back office may read, by its address. */
function ordersPolicies(): readonly SceneObject[] {
  return [
    server(kept, 'orders-http', 'orders', 'http'),
    route(kept, 'orders-read', 'orders-http', at('PathPrefix', '/orders', 'GET')),
    route(
      kept,
      'orders-write',
      'orders-http',
      at('PathPrefix', '/orders', 'POST'),
      at('PathPrefix', '/orders', 'PUT'),
    ),
    route(kept, 'orders-probes', 'orders-http', at('Exact', '/healthz', 'GET')),
    clients(kept, 'order-readers', to.serviceAccount(home, 'web'), to.serviceAccount('ledger', 'report')),
    clients(kept, 'order-writers', to.serviceAccount(home, 'cart')),
    network(kept, 'pods', '10.42.0.0/16'),
    allow(kept, 'orders-read', to.route('orders-read'), to.meshTls('order-readers')),
    allow(kept, 'orders-read-unmeshed', to.route('orders-read'), to.network('pods')),
    allow(kept, 'orders-write', to.route('orders-write'), to.meshTls('order-writers'), to.network('pods')),
    allow(kept, 'orders-probes', to.route('orders-probes'), to.network('everywhere')),
  ];
}

function otherPolicies(): readonly SceneObject[] {
  return [
    server(kept, 'inventory-http', 'inventory', 'http', { proxyProtocol: 'unknown' }),
    policyObject(kept, resources.ServerAuthorization, 'inventory-callers', {
      server: { name: 'inventory-http' },
      client: { meshTLS: { serviceAccounts: [{ name: 'cart' }, { name: 'orders' }] } },
    }),
    server(kept, 'catalog-grpc', 'catalog', 'grpc', { proxyProtocol: 'gRPC' }),
    policyObject(kept, resources.GRPCRoute, 'catalog-read', {
      parentRefs: [to.server('catalog-grpc')],
      rules: [
        {
          matches: ['Get', 'List'].map((method) => ({
            method: { type: 'Exact', service: 'shop.v1.Catalog', method },
          })),
        },
      ],
    }),
    policyObject(kept, resources.MeshTLSAuthentication, 'anyone-in-shop', {
      identities: [`*.${home}.serviceaccount.identity.linkerd.cluster.local`],
    }),
    allow(kept, 'catalog-read', to.grpcRoute('catalog-read'), to.meshTls('anyone-in-shop')),
    server(kept, 'emailer-http', 'emailer', 'http'),
    allow(kept, brokenPolicy.name, to.server('emailer-http'), to.meshTls(brokenPolicy.missing)),
    policyObject(kept, resources.Server, 'proxy-admin', {
      podSelector: {},
      port: 'linkerd-admin',
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'deny',
    }),
    allow(
      kept,
      'proxy-admin-from-prometheus',
      to.server('proxy-admin'),
      to.serviceAccount('monitoring', 'prometheus'),
    ),
  ];
}
