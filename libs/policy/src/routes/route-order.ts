import { compareText } from '../name-order.js';
import type { Route } from './route.js';

/** Routes that have a time of creation first, by it; then by name, group and kind. */
export function inLinkerdsOrder(routes: readonly Route[]): readonly Route[] {
  return [...routes].sort(
    (a, b) =>
      ageOf(a) - ageOf(b) ||
      compareText(a.state.name, b.state.name) ||
      compareText(groupAndKind[a.kind], groupAndKind[b.kind]),
  );
}

const groupAndKind = {
  HTTPRoute: 'policy.linkerd.io HTTPRoute',
  GatewayHTTPRoute: 'gateway.networking.k8s.io HTTPRoute',
  GRPCRoute: 'gateway.networking.k8s.io GRPCRoute',
};

function ageOf({ state }: Route): number {
  return state.createdAt === 0 ? Number.MAX_SAFE_INTEGER : state.createdAt;
}
