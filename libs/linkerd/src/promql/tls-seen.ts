import type { ClientSeen } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';
import { label, type Labels } from './labels.js';

/**
 * What the labels say of mesh TLS. Only `tls="true"` is secured: a value that is new says nothing.
 * Source: linkerd2-proxy linkerd/app/core/src/metrics.rs and transport/labels.rs (read at v2.366.0).
 */
export function tlsSeen(labels: Labels, identityLabel: 'server_id' | 'client_id'): TlsSeen {
  const tls = label(labels, 'tls');
  const reason = label(labels, 'no_tls_reason');
  switch (tls) {
    case 'true':
      return { tls: 'mesh', reason: '', identity: label(labels, identityLabel) };
    case 'no_identity':
      return { tls: 'none', reason, identity: '' };
    case 'disabled':
    case 'opaque':
      return { tls, reason, identity: '' };
    default:
      return { tls: 'unknown', reason: reason === '' ? tls : reason, identity: '' };
  }
}

/** Who a server's proxy took its client for. */
export function clientSeen({ tls, identity }: TlsSeen): ClientSeen {
  if (tls === 'mesh' && identity !== '') return { kind: 'identity', identity };
  return { kind: tls === 'mesh' || tls === 'unknown' ? 'unidentified' : 'unmeshed' };
}
