import type { TrafficReading } from '@mcp/sources';
import type { EdgesAsk } from '../src/edges/edges-of.js';
import { edgesOf } from '../src/edges/edges-of.js';
import type { MeasuredEdge } from '../src/edges/measured-edges.js';
import { Cluster, identity } from './cluster.js';
import { destination } from './reading.js';

export const web = identity('web.shop');
export const cart = identity('cart.shop');
export const webPod = 'shop/web-1-a@10.0.0.1';
export const cartPod = 'shop/cart-1-a@10.0.0.2';
export const toCart = destination('shop/Deployment/cart:8080');

/** `web` and `cart` of `shop`, of one meshed pod each. */
export function shop(): Cluster {
  return new Cluster().linkerd().deployment('shop/web', ['10.0.0.1']).deployment('shop/cart', ['10.0.0.2']);
}

export function workload(named: string) {
  const [namespace = '', kind = '', name = ''] = named.split('/');
  return { kind: 'workload' as const, workload: { namespace, kind, name } };
}

/** An edge between two workloads that sends a request a second by mesh TLS, but for what is said otherwise. */
export function edge(key: string, otherwise: Partial<MeasuredEdge> = {}): MeasuredEdge {
  const [, source = '', to = '', port = ''] = /^(.*)>(.*):(\d+)$/.exec(key) ?? [];
  return {
    id: { source: workload(source), destination: workload(to), port: Number(port) },
    key,
    sample: { successPerSecond: 1, failurePerSecond: 0, mtlsShare: 1 },
    freshness: 'live',
    frozen: false,
    hadTraffic: true,
    security: 'mtls',
    insecureReasons: [],
    protocol: 'http',
    evidence: 'client',
    services: [],
    serverIdentities: [],
    system: false,
    partial: false,
    ...otherwise,
  };
}

export const webToCart = 'shop/Deployment/web>shop/Deployment/cart:8080';
export const ofCart = { services: ['shop/cart'], serverIdentities: [cart] };

/** The edges, and what is in none. */
export function seen(cluster: Cluster, read: TrafficReading, ask?: EdgesAsk) {
  const { edges, leftOut } = edgesOf(read, cluster.directory, ask);
  return { edges, leftOut };
}
