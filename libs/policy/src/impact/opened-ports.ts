import { parseAddress, type Address } from '../matching/network.js';
import type { Target } from '../answers/decide.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import { outcomesOf } from './caller-outcomes.js';

/** Nobody in a cluster has it: of a block that is kept for documents. */
const outside = '198.51.100.1';

/**
 * Whether somebody who proves nothing would be let in through a route through which nobody was like that: from outside the cluster, or from
 * one of its networks. `unknown` where that turns on what is not known.
 */
export function opensToEveryone(
  before: PolicyIndex,
  after: PolicyIndex,
  target: Target,
): boolean | 'unknown' {
  const answers = anyAddresses(after).map((address) => {
    const was = admissionsAt(before, target, address);
    if (was.surelyAll) return false;
    const is = admissionsAt(after, target, address);
    if ([...is.surely].some((route) => !was.surely.has(route))) return true;
    return [...is.perhaps].some((route) => !was.surely.has(route) && !was.perhaps.has(route))
      ? 'unknown'
      : false;
  });
  return answers.includes(true) || (answers.includes('unknown') ? 'unknown' : false);
}

function anyAddresses({ view }: PolicyIndex): readonly Address[] {
  const networks = (view.settings.clusterNetworks ?? []).map((network) => network.split('/')[0] ?? '');
  return [outside, ...networks].flatMap((text) => parseAddress(text) ?? []);
}

interface Admissions {
  /** Routes, as text. */
  readonly surely: ReadonlySet<string>;
  readonly perhaps: ReadonlySet<string>;
  /** Whatever is asked for. */
  readonly surelyAll: boolean;
}

function admissionsAt(index: PolicyIndex, target: Target, address: Address): Admissions {
  const caller = {
    workload: { namespace: target.namespace, kind: '', name: '' },
    port: target.port,
    protocol: 'http',
    client: { kind: 'unmeshed' },
  } as const;
  const anonymous = { tls: 'none', address } as const;
  const outcomes = outcomesOf(index, target, caller, anonymous, { routeHolds: false, bytesHold: false });
  const routesWith = (fits: (verdict: string) => boolean) =>
    new Set(
      outcomes.filter(({ verdict }) => fits(verdict)).map(({ route }) => JSON.stringify(route ?? null)),
    );
  return {
    surely: routesWith((verdict) => verdict !== 'deny' && verdict !== 'unknown'),
    perhaps: routesWith((verdict) => verdict === 'unknown'),
    surelyAll: outcomes.every(({ verdict }) => verdict !== 'deny' && verdict !== 'unknown'),
  };
}
