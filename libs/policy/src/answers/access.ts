import type { Target } from './decide.js';
import { decideClass, outsidePolicy } from './decide.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import type { Client, HttpRequest } from '../question.js';
import { requestClasses } from './request-classes.js';
import type { ServedRoute } from '../routes/route-table.js';
import type { Decision } from '../verdict.js';

/**
 * How much of what a port serves a client may use. `some` says that something surely is allowed, and something is refused or
 * not known; `none`, that nothing is allowed. `unknown`: nothing surely is allowed, and something may be.
 */
export type Reach = 'all' | 'some' | 'none' | 'unknown' | 'not-enforced';

/** The answer to `any`: how much, and the decision about each part of what the port serves. */
export interface Access {
  readonly reach: Reach;
  /** Never empty. The routes in Linkerd's order, then what no route takes, then connections. */
  readonly parts: readonly AccessPart[];
}

export interface AccessPart {
  /** `everything`: the port is not told apart, since policy does not act on it or cannot be known. */
  readonly what: 'everything' | 'route' | 'no-route' | 'connection';
  readonly decision: Decision;
  /** The route that the decision is about, for `explain`. */
  readonly served?: ServedRoute;
  /** A request that gets this decision. */
  readonly example?: HttpRequest;
  /** Whether any request is of this part could not be made out. */
  readonly mayBeEmpty: boolean;
}

/** What Linkerd decides about all that a port serves. */
export function evaluateAny(index: PolicyIndex, target: Target, client: Client): Access {
  const { namespace, endpoint, port } = target;
  const outside = outsidePolicy(endpoint, port, { kind: 'any' });
  return outside === undefined
    ? accessUnder(index.portPolicy(namespace, endpoint, port), client)
    : accessOutside(outside);
}

/** Where policy does not act on the port, or may not. */
export function accessOutside(decision: Decision): Access {
  return {
    reach: decision.verdict === 'not-enforced' ? 'not-enforced' : 'unknown',
    parts: [{ what: 'everything', decision, mayBeEmpty: false }],
  };
}

/** Where policy acts on the port. */
export function accessUnder(policy: PortPolicy, client: Client): Access {
  const parts = requestClasses(policy).map((requests): AccessPart => {
    const { decision, served } = decideClass(policy, client, requests);
    if (requests.kind === 'connection') return { what: 'connection', decision, mayBeEmpty: false };
    if (requests.kind === 'any-request') return { what: 'everything', decision, mayBeEmpty: false };
    const { kind: what, example } = requests;
    return {
      what,
      decision,
      ...(served && { served }),
      ...(example && { example }),
      mayBeEmpty: example === undefined,
    };
  });
  return { reach: reachOf(parts), parts };
}

export function reachOf(parts: readonly Pick<AccessPart, 'decision' | 'mayBeEmpty'>[]): Reach {
  if (parts.every(({ decision }) => isAllowed(decision))) return 'all';
  if (parts.some(({ decision, mayBeEmpty }) => isAllowed(decision) && !mayBeEmpty)) return 'some';
  return parts.every(({ decision }) => decision.verdict === 'deny') ? 'none' : 'unknown';
}

function isAllowed({ verdict }: Decision): boolean {
  return verdict === 'allow' || verdict === 'audit';
}
