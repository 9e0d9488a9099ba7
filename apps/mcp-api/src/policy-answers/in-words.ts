import type {
  AccessRequest,
  AuthorizationRef,
  Boundary,
  Decision,
  Lack,
  Reach,
  RouteRef,
  ServerRef,
} from '@mcp/policy';

/** `AuthorizationPolicy shop/web`, or the name of what is built in. */
export function refInWords(ref: ServerRef | RouteRef | AuthorizationRef): string {
  if (ref.kind !== 'default') return `${ref.kind} ${ref.namespace}/${ref.name}`;
  switch (ref.name) {
    case 'localhost':
      return 'the rule that a pod reaches itself';
    case 'probe':
      return 'the rule for probes';
    case 'default':
      return 'the default route';
    case 'invalid':
      return 'the policy that stands in for one that the proxy refuses';
    default:
      return `the default ${ref.name}`;
  }
}

export function decisionInWords(decision: Decision): string {
  const { verdict, server, authorizedBy, unknown } = decision;
  const by = authorizedBy === undefined ? '' : ` by ${refInWords(authorizedBy)}`;
  switch (verdict) {
    case 'allow':
      return `allowed${by}${through(decision)}${amongEquals(decision)}`;
    case 'audit':
      return `allowed${by} and logged${through(decision)}${amongEquals(decision)}`;
    case 'deny':
      return `denied: ${refusalInWords(decision)}`;
    case 'not-enforced':
      return `policy does not act: ${boundaryInWords[decision.boundary ?? 'not-meshed']}`;
    case 'unknown':
      return `not known${server === undefined ? '' : ` at ${refInWords(server)}`}: ${unknown.map(({ message }) => message).join('; ')}`;
  }
}

function through({ route }: Decision): string {
  return route === undefined || route.kind === 'default' ? '' : ` through ${refInWords(route)}`;
}

function amongEquals({ creditedAnyOf }: Decision): string {
  if (creditedAnyOf.length < 2) return '';
  return ` (${creditedAnyOf.length} admit it alike: which of them Linkerd credits is undefined)`;
}

function refusalInWords(decision: Decision): string {
  const { refusal = 'unauthorized', server } = decision;
  const at = server === undefined ? 'the port' : refInWords(server);
  switch (refusal) {
    case 'unauthorized':
      return `no authorization at ${at} admits the client${through(decision)}`;
    case 'route-not-found':
      return `no route of ${at} takes the request, which is answered with 404`;
    case 'protocol-mismatch':
      return `${at} serves HTTP, and the bytes are not`;
  }
}

const boundaryInWords: Readonly<Record<Boundary, string>> = {
  'not-meshed': 'the target has no proxy',
  'not-governed': 'the policy controller does not know the target',
  'port-bypasses-proxy': 'the port bypasses the proxy',
  'not-tcp': 'the port is not declared for TCP',
};

export function reachInWords(reach: Reach): string {
  switch (reach) {
    case 'all':
      return 'may use all that is served';
    case 'some':
      return 'may use a part of what is served';
    case 'none':
      return 'may use nothing';
    case 'unknown':
      return 'may use what is not known';
    case 'not-enforced':
      return 'is held back by no policy';
  }
}

/** "identity *.prod.serviceaccount…: client is web.dev…". */
export function lackInWords(lack: Lack, mostWanted: number): string {
  if (lack.part === 'unknown') return lack.input.message;
  const { part, wanted, given } = lack;
  const more = wanted.length > mostWanted ? ` and ${wanted.length - mostWanted} more` : '';
  const told = wanted.length === 0 ? 'none' : wanted.slice(0, mostWanted).join(' or ');
  return `${part} ${told}${more}: client ${relationTo(part, given)} ${given}`;
}

function relationTo(part: 'network' | 'identity', given: string): string {
  if (part === 'network') return 'is at';
  // an identity is one word, and what there is instead of one is more
  return given.includes(' ') ? 'has' : 'is';
}

export function requestInWords(request: AccessRequest): string {
  switch (request.kind) {
    case 'any':
      return '';
    case 'bytes':
      return 'with bytes that are not HTTP';
    case 'http':
      return `asking for ${request.method} ${request.path}`;
  }
}
