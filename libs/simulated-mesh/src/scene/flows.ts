import type { BytesExchange, Flow, FlowTarget, HttpExchange } from '../traffic/flow.js';

const cardPayment: BytesExchange = {
  kind: 'bytes',
  sentBytes: 2_400,
  receivedBytes: 5_200,
  kept: false,
};
const query: BytesExchange = { kind: 'bytes', sentBytes: 300, receivedBytes: 4_000, kept: true };

/** Who calls whom in the scene, so often as each pod of the caller does. */
export const sceneFlows: readonly Flow[] = [...shop(), ...money(), ...surroundings()];

function shop(): readonly Flow[] {
  return [
    calls(from('ingress', 'edge'), service('shop', 'web', 80), 8, http('GET', '/', 24)),
    calls(from('shop', 'web'), service('shop', 'cart', 80), 2, http('GET', '/cart', 9)),
    calls(from('shop', 'web'), service('shop', 'orders', 80), 1, http('GET', '/orders', 14)),
    calls(from('shop', 'web'), service('shop', 'catalog', 9090), 3, grpc('shop.v1.Catalog', 'List', 4)),
    calls(from('shop', 'cart'), service('shop', 'orders', 80), 0.5, http('POST', '/orders', 32)),
    // inventory fails now and then, since the stock system behind it does
    calls(from('shop', 'cart'), service('shop', 'inventory', 80), 1, http('GET', '/stock', 40, 0.08)),
    calls(from('shop', 'orders'), service('shop', 'inventory', 80), 0.5, http('PUT', '/stock', 45, 0.08)),
    calls(
      from('shop', 'inventory'),
      { ...service('shop', 'erp', 80), elsewhere: { address: '10.90.0.15', port: 8000 } },
      0.5,
      http('GET', '/stock', 180, 0.1),
    ),
    // denied from the start: the policy that should let it in asks for an authentication that does not exist
    calls(from('shop', 'orders'), service('shop', 'emailer', 80), 0.2, http('POST', '/mail', 20)),
  ];
}

function money(): readonly Flow[] {
  const report = { namespace: 'ledger', kind: 'CronJob', name: 'report' };
  return [
    calls(from('shop', 'orders'), service('payments', 'payments', 80), 0.4, http('POST', '/payments', 60)),
    calls(
      from('payments', 'payments'),
      service('payments', 'fraud-check', 9090),
      0.4,
      grpc('payments.v1.FraudCheck', 'Score', 30, 0.02),
    ),
    calls(from('payments', 'payments'), place('203.0.113.10', 443), 0.3, cardPayment),
    calls(from('payments', 'payments'), service('ledger', 'ledger', 80), 0.4, http('POST', '/entries', 12)),
    // let in by audit mode only
    calls(from('shop', 'orders'), service('ledger', 'ledger', 80), 0.2, http('GET', '/balance', 8)),
    calls(from('ledger', 'ledger'), service('ledger', 'ledger-db', 5432), 1, query),
    calls(from('ledger', 'ledger'), service('ledger', 'archive', 80), 0.1, http('PUT', '/entries', 90)),
    {
      from: report,
      to: service('ledger', 'ledger', 80),
      pace: { perRun: 40 },
      exchange: http('GET', '/entries', 15),
    },
    {
      from: report,
      to: service('shop', 'orders', 80),
      pace: { perRun: 20 },
      exchange: http('GET', '/orders', 14),
    },
  ];
}

function surroundings(): readonly Flow[] {
  const prometheus = from('monitoring', 'prometheus');
  const backoffice = from('legacy', 'backoffice');
  return [
    calls(prometheus, { kind: 'proxies' }, 0.1, http('GET', '/metrics', 5)),
    calls(prometheus, service('monitoring', 'node-agent', 9100), 0.3, http('GET', '/metrics', 7)),
    // a scrape that was never told of the routes of cart
    calls(prometheus, service('shop', 'cart', 80), 0.1, http('GET', '/metrics', 3)),
    calls(
      from('monitoring', 'grafana'),
      service('monitoring', 'prometheus', 9090),
      0.5,
      http('POST', '/api/v1/query', 35),
    ),
    calls(backoffice, service('shop', 'orders', 80), 0.3, http('GET', '/orders', 14)),
    // an old habit, which policy has ended
    calls(backoffice, service('ledger', 'ledger-db', 5432), 0.1, { ...query, kept: false }),
  ];
}

function calls(from: Flow['from'], to: FlowTarget, perSecond: number, exchange: Flow['exchange']): Flow {
  return { from, to, pace: { perSecond }, exchange };
}

function from(namespace: string, name: string): Flow['from'] {
  return { namespace, kind: 'Deployment', name };
}

function service(namespace: string, name: string, port: number) {
  return { kind: 'service', namespace, name, port } as const;
}

function place(address: string, port: number): FlowTarget {
  return { kind: 'address', address, port };
}

function http(method: string, path: string, medianMs: number, failureShare = 0): HttpExchange {
  return { kind: 'http', method, path, grpc: false, medianMs, failureShare };
}

function grpc(serviceName: string, method: string, medianMs: number, failureShare = 0): HttpExchange {
  return {
    kind: 'http',
    method: 'POST',
    path: `/${serviceName}/${method}`,
    grpc: true,
    medianMs,
    failureShare,
  };
}
