import type { ProxyClaim } from '@mcp/sources';
import type { LeftOutReason, LeftOutRows } from './measured-edges.js';
import { leftOutReasons } from './measured-edges.js';

const mostProxies = 10;

/** Counts the rows that are in no edge. */
export class LeftOut {
  readonly #byReason = new Map<LeftOutReason, { rows: number; readonly proxies: Set<string> }>();

  add(reason: LeftOutReason, { namespace, pod, address }: ProxyClaim, rows = 1): void {
    let counted = this.#byReason.get(reason);
    if (counted === undefined) this.#byReason.set(reason, (counted = { rows: 0, proxies: new Set() }));
    counted.rows += rows;
    if (counted.proxies.size < mostProxies)
      counted.proxies.add(address === '' ? `${namespace}/${pod}` : `${namespace}/${pod}@${address}`);
  }

  rows(): readonly LeftOutRows[] {
    return leftOutReasons.flatMap((reason) => {
      const counted = this.#byReason.get(reason);
      return counted === undefined ? [] : [{ reason, rows: counted.rows, proxies: [...counted.proxies] }];
    });
  }
}
