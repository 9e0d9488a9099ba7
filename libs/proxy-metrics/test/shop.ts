import type { FakeSeries } from './fake-instant-queries.js';

/** A proxy’s scrape, as Linkerd’s own Prometheus labels it. */
export interface Scraped {
  readonly namespace: string;
  readonly pod: string;
  readonly instance: string;
  readonly job: string;
}

export function scraped(namespace: string, pod: string, address: string): Scraped {
  return { namespace, pod, instance: `${address}:4191`, job: 'linkerd-proxy' };
}

export const web = scraped('shop', 'web-1', '10.0.0.1');
export const cart = scraped('shop', 'cart-1', '10.0.0.2');
export const report = scraped('ledger', 'report-1', '10.0.0.3');

export const cartIdentity = 'cart.shop.serviceaccount.identity.linkerd.cluster.local';
export const webIdentity = 'web.shop.serviceaccount.identity.linkerd.cluster.local';

/** How the proxy of `web` names the pod of `cart`. */
export const toCart = {
  direction: 'outbound',
  authority: 'cart.shop.svc.cluster.local:80',
  target_addr: '10.0.0.2:8080',
  target_ip: '10.0.0.2',
  target_port: '8080',
  tls: 'true',
  server_id: cartIdentity,
  dst_control_plane_ns: 'linkerd',
  dst_deployment: 'cart',
  dst_namespace: 'shop',
  dst_pod: 'cart-1',
  dst_service: 'cart',
};

/** How the proxy of `cart` names the port that `web` calls. */
export const cartPort = {
  target_addr: '10.0.0.2:8080',
  target_port: '8080',
  srv_group: 'policy.linkerd.io',
  srv_kind: 'server',
  srv_name: 'cart-http',
  srv_port: '8080',
};

export const fromWeb = { tls: 'true', client_id: webIdentity };
export const defaultRoute = { route_group: '', route_kind: 'default', route_name: 'default' };

export function of(scrape: Scraped, name: string, labels: Readonly<Record<string, string>>, value: number) {
  return { name, labels: { ...scrape, ...labels }, value } satisfies FakeSeries;
}

/** What every scraped proxy has. */
export function alive(scrape: Scraped, startedAtSeconds = 1_786_999_000): readonly FakeSeries[] {
  return [
    { name: 'up', labels: { ...scrape }, value: 1, samplesIn5m: 20 },
    { name: 'process_start_time_seconds', labels: { ...scrape }, value: startedAtSeconds, ageSeconds: 4.5 },
    { name: 'proxy_build_info', labels: { ...scrape, version: '2.366.0' }, value: 1 },
    {
      name: 'control_identity_cert_expiration_timestamp_seconds',
      labels: { ...scrape },
      value: 1_787_086_300,
    },
  ];
}
