import type { ProxySeen } from '@mcp/sources';
import { oneOf } from './expression.js';

/**
 * Matchers that cut one question into at most `most`, by the namespace of the client: every namespace is in one, and all ask for about as many proxies.
 */
export function namespaceShards(proxies: Iterable<ProxySeen>, most: number): readonly string[] {
  const sizes = new Map<string, number>();
  for (const { namespace } of proxies) sizes.set(namespace, (sizes.get(namespace) ?? 0) + 1);
  const shards: { readonly namespaces: string[]; size: number }[] = [];
  for (const [namespace, size] of [...sizes].sort(([, a], [, b]) => b - a)) {
    const smallest = shards.reduce<(typeof shards)[number] | undefined>(
      (least, shard) => (least === undefined || shard.size < least.size ? shard : least),
      undefined,
    );
    if (smallest === undefined || shards.length < most) shards.push({ namespaces: [namespace], size });
    else {
      smallest.namespaces.push(namespace);
      smallest.size += size;
    }
  }
  return shards.map(({ namespaces }) => oneOf('namespace', namespaces));
}
