import type { EdgeSecurity } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';

type Way = Pick<TlsSeen, 'tls' | 'reason'>;

/** How much went which way. */
export class Ways {
  readonly #ways: (Way & { weight: number })[] = [];

  add({ tls, reason }: Way, weight: number): void {
    for (const way of this.#ways)
      if (way.tls === tls && way.reason === reason) {
        way.weight += weight;
        return;
      }
    this.#ways.push({ tls, reason, weight });
  }

  /** Whether something went without any TLS. */
  get hasPlain(): boolean {
    for (const { tls } of this.#ways) if (tls === 'none' || tls === 'disabled') return true;
    return false;
  }

  /** Of those with this `tls`, or of all. */
  weight(tls?: TlsSeen['tls']): number {
    let sum = 0;
    for (const way of this.#ways) if (tls === undefined || way.tls === tls) sum += way.weight;
    return sum;
  }

  [Symbol.iterator](): Iterator<Way & { readonly weight: number }> {
    return this.#ways.values();
  }
}

export interface Travel {
  readonly security: EdgeSecurity;
  readonly reasons: readonly string[];
  /** Undefined where nothing went, or where some went in a way that telemetry does not tell. */
  readonly mtlsShare?: number;
}

/**
 * How the calls of an edge travel, by all that went in the window; where nothing did, by all that telemetry still knows. What telemetry
 * does not tell is never taken for secure. Of requests and connections the share is the lower one.
 */
export function travelOf(requests: Ways, connections: Ways): Travel {
  const moving = requests.weight() > 0 || connections.weight() > 0;
  const seen: TlsSeen['tls'][] = [];
  const reasons: string[] = [];
  for (const ways of [requests, connections])
    for (const way of ways) {
      if (moving && way.weight === 0) continue;
      note(seen, way.tls);
      if (way.tls !== 'mesh') note(reasons, reasonOf(way));
    }
  const security = securityOf(seen);
  const mtlsShare = seen.includes('unknown') ? undefined : lower(meshShare(requests), meshShare(connections));
  return { security, reasons: reasons.sort(), ...(mtlsShare !== undefined && { mtlsShare }) };
}

function note<T>(all: T[], one: T): void {
  if (!all.includes(one)) all.push(one);
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function securityOf(seen: readonly TlsSeen['tls'][]): EdgeSecurity {
  const plain = seen.includes('none') || seen.includes('disabled');
  if (seen.includes('mesh') && (plain || seen.includes('opaque'))) return 'mixed';
  if (seen.includes('unknown') || seen.length === 0) return 'unknown';
  if (seen.includes('mesh')) return 'mtls';
  return plain ? 'plaintext' : 'opaque';
}

function meshShare(ways: Ways): number | undefined {
  const all = ways.weight();
  return all > 0 ? ways.weight('mesh') / all : undefined;
}

const labels = { none: 'no_identity', disabled: 'disabled', opaque: 'opaque', unknown: 'unknown', mesh: '' };

/** In the proxy's words: the reason, or the value of its label `tls` where it gives none. */
function reasonOf({ tls, reason }: Way): string {
  return reason === '' ? labels[tls] : reason;
}
