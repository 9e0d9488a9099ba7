import type {
  AuthorizationRef,
  Client,
  Decision,
  Endpoint,
  MeshView,
  NamespaceView,
  RouteRef,
  ServerRef,
  SingleRequest,
  Target,
} from '@mcp/policy';
import { evaluate, parseAddress, PolicyIndex } from '@mcp/policy';
import type { Answer, Named, NotEnforced, Query } from './corpus.js';

/** What the product answers, in the words of the corpus. */
export function answerTo(view: MeshView, query: Query): Answer | NotEnforced | { readonly unknown: string } {
  const question = questionOf(view, query);
  if (question === undefined) return { enforced: false, error: 'workload_not_found' };
  const { target, client, request } = question;
  return inWords(evaluate(new PolicyIndex(view), target, client, request));
}

export interface Question {
  readonly target: Target;
  readonly client: Client;
  readonly request: SingleRequest;
}

/** The question in the words of the product. Undefined where there is no such workload. */
export function questionOf(view: MeshView, query: Query): Question | undefined {
  const [namespace = '', name = ''] = (query.pod ?? query.externalWorkload ?? '').split('/');
  const endpoint = endpointOf(view.namespaces.get(namespace), query, name);
  if (endpoint === undefined) return undefined;
  const target = { namespace, endpoint, port: query.port };
  return { target, client: clientOf(query), request: requestOf(query) };
}

function endpointOf(view: NamespaceView | undefined, query: Query, name: string): Endpoint | undefined {
  const kind = query.pod === undefined ? 'ExternalWorkload' : 'Pod';
  return view?.workloads
    .flatMap(({ groups }) => groups)
    .find(({ endpoint, pods }) => endpoint.kind === kind && pods.some((pod) => pod.name === name))?.endpoint;
}

function clientOf({ client: { kind, identity, ip } }: Query): Client {
  const address = parseAddress(ip);
  if (address === undefined) throw new Error(`query.client.ip is no address: ${ip}`);
  if (kind === 'unmeshed') return { tls: 'none', address };
  return { tls: typeof identity === 'string' ? { identity } : 'anonymous', address };
}

function requestOf({ http }: Query): SingleRequest {
  if (http === null) return { kind: 'bytes' };
  const headers = Object.entries(http.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), typeof value === 'string' ? [value] : value] as const,
  );
  return { kind: 'http', method: http.method, path: http.path, headers: new Map(headers) };
}

const refusals = {
  unauthorized: 'unauthorized',
  'route-not-found': 'route_not_found',
  'protocol-mismatch': 'protocol_mismatch',
} as const;

const boundaries = {
  'not-meshed': 'not_meshed',
  // Linkerd's policy API answers that it has no such pod
  'not-governed': 'workload_not_found',
  'port-bypasses-proxy': 'port_bypasses_proxy',
  'not-tcp': 'not_tcp',
} as const;

export function inWords(decision: Decision): Answer | NotEnforced | { readonly unknown: string } {
  const { verdict, refusal, boundary, server, route, authorizedBy, creditedAnyOf, rateLimit } = decision;
  if (boundary !== undefined) return { enforced: false, error: boundaries[boundary] };
  if (server === undefined || verdict === 'unknown')
    return { unknown: decision.unknown.map(({ message }) => message).join('; ') };
  const isAudit = (ref: AuthorizationRef) => ref.kind === 'default' && ref.name === 'audit';
  const audits = creditedAnyOf.filter(isAudit).length;
  return {
    verdict,
    authorizedBy: authorizedBy === undefined ? null : named(authorizedBy),
    server: serverInWords(server),
    route: route === undefined ? null : routeInWords(route),
    ...(refusal && { reason: refusals[refusal] }),
    ...(creditedAnyOf.length > 1 && { authorizedByAnyOf: creditedAnyOf.map(named) }),
    ...(audits > 0 && audits < creditedAnyOf.length && { verdictAnyOf: ['allow', 'audit'] }),
    ...(rateLimit !== undefined && { rateLimit }),
  };
}

function named(ref: AuthorizationRef): Named {
  return { kind: ref.kind, namespace: ref.kind === 'default' ? '' : ref.namespace, name: ref.name };
}

function serverInWords(server: ServerRef): Answer['server'] {
  return server.kind === 'default'
    ? `default:${server.name}`
    : { namespace: server.namespace, name: server.name };
}

function routeInWords(route: RouteRef): Answer['route'] {
  if (route.kind === 'default') return `default:${route.name}`;
  const { kind, namespace, name } = route;
  return {
    group: kind === 'HTTPRoute' ? 'policy.linkerd.io' : 'gateway.networking.k8s.io',
    kind: kind === 'GatewayHTTPRoute' ? 'HTTPRoute' : kind,
    namespace,
    name,
  };
}
