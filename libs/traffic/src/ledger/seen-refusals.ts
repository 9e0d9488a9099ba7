import { refusalSubject, type Subject } from '@mcp/events';
import { type ClientSeen, hiddenName, type PolicySeen, type VisibleNamespaces } from '@mcp/mesh';
import { Refusals, type RefusalSeen } from './refusals.js';

/** Stands for all clients of namespaces that may not be seen. */
export const hiddenClient: ClientSeen = { kind: 'identity', identity: hiddenName };

/**
 * What workloads refused that someone may see who does not see all namespaces. Clients that may not be seen are one, and what one workload
 * refused them is counted together. The same object where all may be seen.
 */
export function seenRefusals(refusals: Refusals, visible: VisibleNamespaces): Refusals {
  if (visible.areAll) return refusals;
  const joined = new Map<Subject, RefusalSeen>();
  for (const refusal of refusals.all()) {
    if (!visible.has(refusal.workload.namespace)) continue;
    const seen = seenRefusal(refusal, visible);
    const other = joined.get(seen.subject);
    joined.set(seen.subject, other === undefined ? seen : together(other, seen));
  }
  const seen = new Refusals();
  for (const refusal of joined.values()) seen.restore(refusal);
  return seen;
}

function seenRefusal(refusal: RefusalSeen, visible: VisibleNamespaces): RefusalSeen {
  const { route, client } = refusal;
  const server = seenPolicy(refusal.server, visible);
  const seen = {
    ...refusal,
    client: seenClient(client, visible),
    server,
    // a route is where its server is
    ...(route && {
      route: server.name === hiddenName ? { ...route, name: hiddenName } : seenPolicy(route, visible),
    }),
  };
  return { ...seen, subject: refusalSubject(seen) };
}

/** The one for all that may not be seen, where it may not. */
export function seenClient(client: ClientSeen, visible: VisibleNamespaces): ClientSeen {
  return client.kind !== 'identity' || visible.hasIdentity(client.identity) ? client : hiddenClient;
}

/** One that is named with its namespace, as an EgressNetwork is. */
function seenPolicy(policy: PolicySeen, visible: VisibleNamespaces): PolicySeen {
  const [namespace = '', ...name] = policy.name.split('/');
  return name.length === 0 || visible.has(namespace) ? policy : { ...policy, name: hiddenName };
}

function together(a: RefusalSeen, b: RefusalSeen): RefusalSeen {
  return {
    ...a,
    count: a.count + b.count,
    total: a.total + b.total,
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
  };
}
