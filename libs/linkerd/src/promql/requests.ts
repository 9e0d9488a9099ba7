import type { RequestsSeen } from '@mcp/sources';
import { SecuredEdgeNaming, type SecuredEdgeSeen } from './edge-naming.js';
import { edgeQueries } from './edge-queries.js';
import { fieldNote, FieldTable } from './field-table.js';
import { label, serverTlsLabels } from './labels.js';
import { leftOut, type PartQueries } from './traffic-query.js';

type Field = 'successPerSecond' | 'failurePerSecond' | 'startedPerSecond';
type Table = FieldTable<SecuredEdgeSeen, Field>;

const grouped = ['authority', ...serverTlsLabels];

/**
 * HTTP and gRPC as clients' proxies saw it. Each retry is one more; what died before an endpoint was chosen is in none.
 * Source: linkerd2-proxy linkerd/app/outbound/src/http/endpoint.rs (read at v2.366.0).
 */
export const requestQueries: PartQueries<SecuredEdgeNaming, Table, RequestsSeen> = {
  part: 'requests',
  queries: [
    ...edgeQueries<SecuredEdgeNaming, Table>({
      id: 'requests-finished',
      gives:
        'Responses per second that clients saw, by the proxy’s own classification and by mesh TLS, for each client and destination.',
      cost: 'One row per client pod, destination and classification. Reads the window of 2 series per client pod, server pod and port: 0.1 s at 385,000 series.',
      family: 'response_total',
      over: 'window',
      grouped: [...grouped, 'classification'],
      note: (names, labels) => {
        const field = classified(label(labels, 'classification'));
        return field === undefined
          ? leftOut('classification is new')
          : fieldNote(names.of(labels), field, 'per-second');
      },
    }),
    ...edgeQueries<SecuredEdgeNaming, Table>({
      id: 'requests-started',
      gives: 'Requests begun per second; what was begun and not finished are open streams.',
      cost: 'Half of requests-finished.',
      detail: true,
      family: 'request_total',
      over: 'window',
      grouped,
      note: (names, labels) => fieldNote(names.of(labels), 'startedPerSecond', 'per-second'),
    }),
  ],
  names: () => new SecuredEdgeNaming(),
  table: () => new FieldTable(),
  seen: (table) => table.rows(),
};

export function classified(classification: string): 'successPerSecond' | 'failurePerSecond' | undefined {
  if (classification === 'success') return 'successPerSecond';
  return classification === 'failure' ? 'failurePerSecond' : undefined;
}
