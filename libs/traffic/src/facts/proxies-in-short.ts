import type { ProxiesInShort } from '@mcp/events';
import type { TrafficReading } from '@mcp/sources';
import type { MeasuredEdges } from '../edges/measured-edges.js';

const mostVersions = 10;
/** Linkerd's certificates are good for 24 hours, and renewed when three tenths of that are left. */
const endsSoonMs = 6 * 3_600_000;

/** Undefined where nothing is known of them but that they are. */
export function proxiesInShort(
  { at, proxies }: TrafficReading,
  { scrapedAgain }: Pick<MeasuredEdges, 'scrapedAgain'>,
): ProxiesInShort | undefined {
  const versions = new Map<string, number>();
  let soonestMs = Infinity;
  let endingSoon = 0;
  for (const { version, certificateMs } of proxies) {
    if (version !== undefined) versions.set(version, (versions.get(version) ?? 0) + 1);
    if (certificateMs === undefined) continue;
    soonestMs = Math.min(soonestMs, certificateMs);
    if (endsSoon({ certificateMs })) endingSoon += 1;
  }
  if (versions.size === 0 && soonestMs === Infinity && scrapedAgain.length === 0) return undefined;
  return {
    versions: [...versions]
      .sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1))
      .slice(0, mostVersions)
      .map(([version, count]) => ({ version, proxies: count })),
    scrapedTwice: scrapedAgain.length,
    ...(soonestMs < Infinity && { certificates: { soonestEndAt: at + soonestMs, endingSoon } }),
  };
}

/** What has no certificate, or does not tell of it, has none that ends. */
export function endsSoon({ certificateMs }: { readonly certificateMs?: number | undefined }): boolean {
  return certificateMs !== undefined && certificateMs < endsSoonMs;
}
