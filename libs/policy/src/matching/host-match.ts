import type { HttpRequest } from '../question.js';

/** How well a host is matched, the greater the better; `undecided` where it depends on the version of the proxy. */
export type HostRank = number | 'undecided';

/** Hosts are no longer than 255 characters, so that an exact one always outranks a wildcard. */
const exactRank = 1_000;

/**
 * The best rank of a list of hostnames, 0 where there is none to match; undefined where none matches.
 * Any match outranks none; an exact one outranks a wildcard; the longer outranks the shorter. `*.x` needs a further label. One
 * trailing dot does not count. Proxies newer than v2.366.0 ignore case, older ones do not. A request that names no host is taken by
 * the address that it was sent to, which is not known here: a name that could be one is undecided.
 * Source: linkerd2-proxy linkerd/http/route/src/http/match/host.rs (read at 29637b6).
 */
export function hostRank(hostnames: readonly string[], host: string | undefined): HostRank | undefined {
  if (hostnames.length === 0) return 0;
  if (host === undefined) return hostnames.some(couldBeAddress) ? 'undecided' : undefined;
  const asked = withoutDot(host);
  const wanted = hostnames.map(withoutDot);
  const best = bestRank(wanted, asked);
  const bestOfNewer = bestRank(
    wanted.map((hostname) => hostname.toLowerCase()),
    asked.toLowerCase(),
  );
  return best === bestOfNewer ? best : 'undecided';
}

function bestRank(wanted: readonly string[], asked: string): number | undefined {
  let best: number | undefined;
  for (const hostname of wanted) {
    const rank = rankOf(hostname, asked);
    if (rank !== undefined) best = Math.max(best ?? 0, rank);
  }
  return best;
}

function couldBeAddress(hostname: string): boolean {
  return /^(\*\.)?[\d.]+$/.test(hostname);
}

function rankOf(wanted: string, asked: string): number | undefined {
  if (!wanted.startsWith('*.')) return wanted === asked ? exactRank + wanted.length : undefined;
  const suffix = wanted.slice(1);
  return asked.length > suffix.length && asked.endsWith(suffix) ? wanted.length : undefined;
}

/** The host that a request asks for, without its port; undefined where it says none. */
export function hostOf({ headers }: HttpRequest): string | undefined {
  const authority = headers.get(':authority')?.[0] ?? headers.get('host')?.[0];
  if (authority === undefined || authority === '') return undefined;
  return authority.replace(/:\d*$/, '');
}

function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
