import type { DefaultPolicy } from '@mcp/mesh';
import type { SingleRequest } from '../src/answers/decide.js';
import { evaluateOne } from '../src/answers/decide.js';
import type { Candidate, Reasons } from '../src/answers/explain.js';
import { explain } from '../src/answers/explain.js';
import { parseAddress } from '../src/matching/network.js';
import { PolicyIndex } from '../src/ports/policy-index.js';
import type { Client } from '../src/question.js';
import type { AuthorizationRef, Decision, Refusal, RouteRef, ServerRef } from '../src/verdict.js';
import type { Endpoint, MeshView } from '../src/view.js';
import { endpoint, identity } from './mesh-view.js';

/** Asks one question and writes down the whole answer to expect: the decision and every reason. */

export type Answer = Decision & Reasons;

export interface Asked {
  readonly endpoint?: Endpoint;
  readonly port?: number;
  readonly client?: Client;
  readonly request?: SingleRequest;
}

export const web: Client = client({ identity: identity('shop', 'web') });

export function client(tls: Client['tls'], address = '10.0.0.1'): Client {
  return { tls, address: parseAddress(address) };
}

export function get(
  path = '/',
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): SingleRequest {
  return {
    kind: 'http',
    method,
    path,
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
  };
}

export const bytes: SingleRequest = { kind: 'bytes' };

/** May `shop/web` get `/` of port 80 of a pod in `shop`, unless asked otherwise. */
export function ask(view: MeshView, asked: Asked = {}): Answer {
  const { endpoint: of = endpoint(), port = 80, client: who = web, request = get() } = asked;
  const index = new PolicyIndex(view);
  const policy = index.portPolicy('shop', of, port);
  const { decision, served } = evaluateOne(index, { namespace: 'shop', endpoint: of, port }, who, request);
  return { ...decision, ...explain(index, policy, served, who) };
}

const nothing = {
  creditedAnyOf: [],
  satisfied: [],
  unknown: [],
  candidates: [],
  ignored: [],
  overruled: [],
  unusedRoutes: [],
};

/** HTTP/1 through the default route of Server `web`, unless said otherwise. */
const about = { server: serverRef('web'), protocol: 'HTTP/1', route: routeRef('default') } as const;

type More = Partial<Answer>;

/** Allowed by the first of these, which are of one level. */
export function allowedBy(refs: readonly AuthorizationRef[], more: More = {}): Answer {
  const [authorizedBy] = refs;
  return {
    ...nothing,
    verdict: 'allow',
    ...about,
    ...(authorizedBy && { authorizedBy }),
    creditedAnyOf: refs,
    satisfied: refs,
    candidates: [...refs.map(satisfied), notLocal()],
    ...more,
  };
}

export function denied(
  candidates: readonly Candidate[],
  more: More = {},
  refusal: Refusal = 'unauthorized',
): Answer {
  return {
    ...nothing,
    verdict: 'deny',
    refusal,
    ...about,
    candidates: [...candidates, notLocal()],
    ...more,
  };
}

export function notKnown(unknown: Decision['unknown'], more: More = {}): Answer {
  return { ...nothing, verdict: 'unknown', unknown, ...about, candidates: [notLocal()], ...more };
}

/** The answer without some of what is said about the port or the request. */
export function without(answer: Answer, ...keys: readonly ('server' | 'protocol' | 'route')[]): Answer {
  return Object.fromEntries(
    Object.entries(answer).filter(([key]) => !(keys as readonly string[]).includes(key)),
  ) as unknown as Answer;
}

export function underDefault(name: DefaultPolicy): More {
  return { server: { kind: 'default', name }, protocol: 'unknown' };
}

export function serverRef(name: string): ServerRef {
  return { kind: 'Server', namespace: 'shop', name };
}

export function routeRef(name: string, kind: Exclude<RouteRef['kind'], 'default'> = 'HTTPRoute'): RouteRef {
  return name === 'default' || name === 'probe'
    ? { kind: 'default', name }
    : { kind, namespace: 'shop', name };
}

export function policyRef(name: string): AuthorizationRef {
  return { kind: 'AuthorizationPolicy', namespace: 'shop', name };
}

export function serverAuthorizationRef(name: string): AuthorizationRef {
  return { kind: 'ServerAuthorization', namespace: 'shop', name };
}

export function defaultRef(name: DefaultPolicy | 'probe' | 'localhost'): AuthorizationRef {
  return { kind: 'default', name };
}

export function satisfied(ref: AuthorizationRef): Candidate {
  return { ref, satisfied: 'yes', lacks: [] };
}

export function lacking(
  ref: AuthorizationRef,
  part: 'network' | 'identity',
  wanted: readonly string[],
  given: string,
): Candidate {
  return { ref, satisfied: 'no', lacks: [{ part, wanted, given }] };
}

export function notLocal(given = '10.0.0.1'): Candidate {
  return lacking(defaultRef('localhost'), 'network', ['127.0.0.1/32', '::1/128'], given);
}

export function undecided(ref: AuthorizationRef, ...inputs: Decision['unknown']): Candidate {
  return { ref, satisfied: 'unknown', lacks: inputs.map((input) => ({ part: 'unknown', input })) };
}
