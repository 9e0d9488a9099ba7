import { expect, it } from '@jest/globals';
import { type ClientSeen, edgeProtocols, type PolicySeen } from '@mcp/mesh';
import type { LedgerRecord } from '@mcp/traffic';
import fc from 'fast-check';
import { CallerColumns, unpackedCallers } from './packed-callers.js';

const workload = fc
  .constantFrom('web', 'cart')
  .map((name) => ({ namespace: 'shop', kind: 'Deployment', name }));
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const day = fc.record({ observedMs: count, dropped: count, recordedAt: count });
const client = fc.constantFrom<ClientSeen>(
  { kind: 'unmeshed' },
  { kind: 'unidentified' },
  { kind: 'identity', identity: 'unmeshed' },
  { kind: 'identity', identity: 'web.shop.serviceaccount.identity.linkerd.cluster.local' },
);
const route = fc.constantFrom<PolicySeen | undefined>(
  undefined,
  { group: '', kind: 'default', name: 'probe' },
  { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'a' },
  { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'a' },
);
const caller = fc
  .record({ client, route, port: fc.nat({ max: 65_535 }), protocol: fc.constantFrom(...edgeProtocols) })
  .map(({ route: taken, ...rest }) => ({ ...rest, ...(taken && { route: taken }) }));
const days = fc.tuple(fc.constant('day' as const), workload, fc.nat({ max: 30_000 }), day);
const rows = fc.tuple(fc.constant('row' as const), workload, caller, fc.array(count, { maxLength: 10 }));

it('gives back every record of the ledger as it was packed, in another thread too', () => {
  fc.assert(
    fc.property(fc.array(days), fc.array(rows), (ofDays, ofRows) => {
      const columns = new CallerColumns();
      const records: readonly LedgerRecord[] = [...ofDays, ...ofRows];
      for (const record of records) columns.add(record);
      expect([...unpackedCallers(structuredClone(columns.packed()))]).toEqual(records);
    }),
  );
});
