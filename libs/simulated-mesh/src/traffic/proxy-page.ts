import { clientFamilies } from './client-families.js';
import { expositionOf } from './exposition.js';
import { legacyFamilies } from './legacy-families.js';
import type { SimulatedProxy } from './proxy.js';

/** What the admin server of a proxy answers at `/metrics`. Two encoders share the page; the second ends it. */
export function proxyPage(proxy: SimulatedProxy, at: number): string {
  return `${expositionOf(legacyFamilies(proxy))}${expositionOf(clientFamilies(proxy, at))}# EOF\n`;
}
