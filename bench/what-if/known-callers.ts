import type { LedgerRecord } from '@mcp/traffic';
import { Random } from '../../test/policy-agreement/random.js';
import { identityOf, workloadsInNamespace } from '../policy/governed-mesh.js';

const daysOfCalls = 7;
const dayMs = 24 * 3_600_000;

/**
 * What the ledger has of a governed mesh: so many callers of its workloads, of its ports and of those that nobody declares, each on seven
 * days. The same for the same numbers.
 */
export function knownCallers(namespaces: number, callers: number, at: number): readonly LedgerRecord[] {
  const random = new Random(11);
  const today = Math.floor(at / dayMs);
  const workloads = namespaces * workloadsInNamespace;
  return Array.from({ length: callers }, (_, index): LedgerRecord => {
    const [place, turn] = [index % workloads, Math.floor(index / workloads)];
    const home = `team-${Math.floor(place / workloadsInNamespace)}`;
    const caller = (place + turn * 7 + 1) % workloads;
    const from = `team-${Math.floor(caller / workloadsInNamespace)}`;
    const identity = identityOf(from, `app-${caller % workloadsInNamespace}`);
    // those without a name are one at each port
    const client = turn === 0 ? ({ kind: 'unmeshed' } as const) : ({ kind: 'identity', identity } as const);
    const cells = Array.from({ length: daysOfCalls }, (__, back) => {
      const day = today - daysOfCalls + 1 + back;
      return [day, random.between(1, 500), 0, day * dayMs, day * dayMs + 1];
    });
    const port = random.pick([8080, 8080, 9090, 9102, 9200 + (index % 16)]);
    const route = { group: '', kind: 'default', name: 'default' };
    const workload = { namespace: home, kind: 'Pod', name: `app-${place % workloadsInNamespace}` };
    return ['row', workload, { client, port, protocol: 'http', route }, cells.flat()];
  });
}
