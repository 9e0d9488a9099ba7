import type { EdgeSecurity } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';

type Way = Pick<TlsSeen, 'tls' | 'reason'>;

/** How much went which way. */
export class Ways {
  readonly #ways: (Way & { weight: number })[] = [];

  add({ tls, reason }: Way, weight: number): void {
    const known = this.#ways.find((way) => way.tls === tls && way.reason === reason);
    if (known !== undefined) known.weight += weight;
    else this.#ways.push({ tls, reason, weight });
  }

  has(tls: TlsSeen['tls']): boolean {
    return this.#ways.some((way) => way.tls === tls);
  }

  /** Of those with this `tls`, or of all. */
  weight(tls?: TlsSeen['tls']): number {
    return this.#ways.reduce(
      (sum, way) => (tls === undefined || way.tls === tls ? sum + way.weight : sum),
      0,
    );
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
  const all = [...requests, ...connections];
  const moving = all.filter(({ weight }) => weight > 0);
  const ways = moving.length > 0 ? moving : all;
  const security = securityOf(new Set(ways.map(({ tls }) => tls)));
  const shares = security === 'unknown' ? [] : [meshShare(requests), meshShare(connections)];
  const known = shares.filter((share) => share !== undefined);
  return {
    security,
    reasons: [...new Set(ways.filter(({ tls }) => tls !== 'mesh').map(reasonOf))].sort(),
    ...(known.length > 0 && !ways.some(({ tls }) => tls === 'unknown') && { mtlsShare: Math.min(...known) }),
  };
}

function securityOf(seen: ReadonlySet<TlsSeen['tls']>): EdgeSecurity {
  const plain = seen.has('none') || seen.has('disabled');
  if (seen.has('mesh') && (plain || seen.has('opaque'))) return 'mixed';
  if (seen.has('unknown') || seen.size === 0) return 'unknown';
  if (seen.has('mesh')) return 'mtls';
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
