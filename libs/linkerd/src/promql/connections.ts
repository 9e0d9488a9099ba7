import type { ConnectionsSeen } from '@mcp/sources';
import { SecuredEdgeNaming, type SecuredEdgeSeen } from './edge-naming.js';
import { edgeQueries } from './edge-queries.js';
import { fieldNote, FieldTable } from './field-table.js';
import { serverTlsLabels } from './labels.js';
import type { Unit } from './plausible.js';
import type { PartQueries, TrafficQuery } from './traffic-query.js';

type Field = 'open' | 'openedPerSecond' | 'writtenBytesPerSecond' | 'readBytesPerSecond' | 'failedPerSecond';
type Table = FieldTable<SecuredEdgeSeen, Field>;

const grouped = ['authority', ...serverTlsLabels];

/** Transport connections of clients' proxies to endpoints; never those of an application to its own proxy, which would count all twice. */
export const connectionQueries: PartQueries<SecuredEdgeNaming, Table, ConnectionsSeen> = {
  part: 'connections',
  queries: [
    ...edgeQueries<SecuredEdgeNaming, Table>({
      id: 'connections-open',
      gives:
        'Connections that are open. The cheapest sign of an edge, and the only one of an idle TCP client.',
      cost: 'One row per client pod and destination; reads one sample of one series each: 0.03 s at 385,000 series.',
      family: 'tcp_open_connections',
      matchers: ['peer="dst"'],
      over: 'gauge',
      grouped,
      note: (names, labels) => fieldNote(names.of(labels), 'open', 'open'),
    }),
    ...counted('connections-opened', 'openedPerSecond', 'tcp_open_total', 'Connections opened per second.'),
    ...counted(
      'bytes-written',
      'writtenBytesPerSecond',
      'tcp_write_bytes_total',
      'Bytes per second to the destination, measured inside TLS.',
      'bytes-per-second',
    ),
    ...counted(
      'bytes-read',
      'readBytesPerSecond',
      'tcp_read_bytes_total',
      'Bytes per second from the destination, measured inside TLS.',
      'bytes-per-second',
    ),
    ...counted(
      'connections-failed',
      'failedPerSecond',
      'tcp_close_total',
      'Connections per second that closed with an error.',
      'per-second',
      ['errno!=""'],
    ),
  ],
  names: () => new SecuredEdgeNaming(),
  table: () => new FieldTable(),
  seen: (table) => table.rows(),
};

function counted(
  id: string,
  field: Field,
  family: string,
  gives: string,
  unit: Unit = 'per-second',
  matchers: readonly string[] = [],
): readonly TrafficQuery<SecuredEdgeNaming, Table>[] {
  return edgeQueries<SecuredEdgeNaming, Table>({
    ...{ id, gives, family, grouped },
    cost: 'Rows as connections-open; reads the window of one series each: 0.04 s at 385,000 series.',
    detail: true,
    matchers: ['peer="dst"', ...matchers],
    over: 'window',
    note: (names, labels) => fieldNote(names.of(labels), field, unit),
  });
}
