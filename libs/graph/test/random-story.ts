import type { AnyRecordedEvent } from '@mcp/events';
import type { ResourceKind, TrafficEnd } from '@mcp/mesh';
import fc from 'fast-check';
import { allPods, denyAll, forWeb, forWebFromBank, Story, workloadEnd } from './story.js';

/** What is there more than once happens more often. */
const deeds = [
  'pod',
  'pod',
  'pod',
  'controller',
  'service',
  'policy',
  'policy',
  'policy',
  'server',
  'server',
  'authentication',
  'authentication',
  'route',
  'desire',
  'outcome',
  'outcome',
  'delete',
  'delete',
  'unreadable',
  'control-plane',
  'source',
  'scope',
  'namespace',
  'edge',
  'edge',
  'edge',
  'forget-edge',
  'egress-network',
  'telemetry',
] as const;

interface Step {
  readonly what: (typeof deeds)[number];
  readonly namespace: string;
  readonly name: string;
  readonly life: number;
  readonly variant: number;
}

/**
 * Any order of events that a collector and its clients could write, over few names so that they meet. Up to `lives` objects
 * of one name overlap.
 */
export function stories(lives: number): fc.Arbitrary<readonly AnyRecordedEvent[]> {
  const step: fc.Arbitrary<Step> = fc.record({
    what: fc.constantFrom(...deeds),
    namespace: fc.constantFrom('shop', 'shop', 'bank'),
    name: fc.constantFrom('web', 'db'),
    life: fc.nat(lives - 1),
    variant: fc.nat(5),
  });
  return fc.array(step, { maxLength: 60, size: 'max' }).map((steps) => {
    const story = new Story();
    for (const each of steps) take(story, each);
    return story.events;
  });
}

export const anyStory = stories(3);

const deletable: readonly ResourceKind[] = [
  'Pod',
  'Controller',
  'Service',
  'AuthorizationPolicy',
  'Server',
  'MeshTLSAuthentication',
];
const breakable: readonly ResourceKind[] = ['Pod', 'Service', 'AuthorizationPolicy', 'MeshTLSAuthentication'];
const specs = [denyAll, forWeb, forWebFromBank];
const ports = [{ container: 'web', init: false, number: 8080, protocol: 'TCP' }];

function take(story: Story, { what, namespace, name, life, variant }: Step): void {
  const alive = { namespace, name, createdAt: 1_000 * (life >> 1) };
  const ofKind = (kind: ResourceKind) => ({ ...alive, uid: `${kind}-${name}-${life}` });
  const labels = { app: variant % 2 === 0 ? 'web' : 'db' };
  switch (what) {
    case 'pod':
      story.pod(
        { ...ofKind('Pod'), ready: variant > 1, phase: variant === 5 ? 'Succeeded' : 'Running' },
        {
          shape: { labels, ports, meshed: variant !== 3, serviceAccount: name },
          ...(variant < 4 && { owner: { kind: 'ReplicaSet', name: `Controller-${name}-${life}` } }),
        },
      );
      return;
    case 'controller':
      story.controller(
        variant % 2 === 0 ? 'ReplicaSet' : 'Deployment',
        { ...ofKind('Controller'), uid: `uid-Controller-${name}-${life}` },
        variant % 2 === 0 ? { kind: 'Deployment', name: `Controller-${name}-${variant >> 1}` } : undefined,
      );
      return;
    case 'service':
      story.service({ ...ofKind('Service'), ...(variant < 4 && { selector: labels }) });
      return;
    case 'policy':
      story.policy({ ...ofKind('AuthorizationPolicy'), spec: specs[variant % specs.length] ?? denyAll });
      return;
    case 'server':
      story.policyOf('Server', ofKind('Server'), {
        ...allPods,
        ...(variant === 0 && { accessPolicy: 'audit' }),
        ...(variant === 1 && { accessPolicy: 'all-authenticated' }),
        ...(variant === 2 && { proxyProtocol: 'opaque' }),
      });
      return;
    case 'authentication':
      story.policyOf('MeshTLSAuthentication', ofKind('MeshTLSAuthentication'), {
        identities: [variant % 2 === 0 ? '*' : 'a.bank.serviceaccount.identity.linkerd.cluster.local'],
        identityRefs: [],
      });
      return;
    case 'route': {
      const parent = { group: 'policy.linkerd.io', kind: 'Server', name };
      const parentRefs = [variant < 3 ? { ...parent, namespace: 'shop' } : parent];
      const kind = variant % 2 === 0 ? 'GRPCRoute' : 'HTTPRoute';
      story.policyOf(kind, ofKind(kind), { parentRefs, hostnames: [], rules: [] });
      return;
    }
    case 'desire':
      story.desire(name, variant > 3 ? undefined : variant % 2 === 0 ? denyAll : forWeb, namespace);
      return;
    case 'delete': {
      const kind = deletable[variant % deletable.length] ?? 'Pod';
      const uid = kind === 'Controller' ? `uid-Controller-${name}-${life}` : `${kind}-${name}-${life}`;
      story.delete(kind, { ...alive, uid });
      return;
    }
    case 'unreadable': {
      const kind = breakable[variant % breakable.length] ?? 'Pod';
      story.unreadable({ kind, namespace, name }, ofKind(kind));
      return;
    }
    case 'control-plane':
      story.controlPlane(variant % 2 === 0 ? {} : { trustDomain: name });
      return;
    case 'source':
      story.source(variant > 3 ? 'AuthorizationPolicy' : 'Pod', variant % 2 === 0 ? 'live' : 'stale', name);
      return;
    case 'scope':
      story.scope(variant === 0 ? [namespace] : 'all');
      return;
    case 'namespace':
      if (variant === 0) story.delete('Namespace', { namespace: '', name: namespace });
      else story.namespace(namespace, labels);
      return;
    case 'outcome':
      story.outcome(variant);
      return;
    case 'edge':
      story.edge(...endsOf(namespace, name, variant), {
        ...(life === 0 && { activity: 'idle' }),
        ...(life === 1 && { security: 'plaintext', insecureReasons: ['no_identity'] }),
      });
      return;
    case 'forget-edge':
      story.forgetEdge(...endsOf(namespace, name, variant));
      return;
    case 'egress-network':
      if (variant < 2) story.delete('EgressNetwork', ofKind('EgressNetwork'));
      else story.policyOf('EgressNetwork', ofKind('EgressNetwork'), { trafficPolicy: 'Deny' });
      return;
    case 'telemetry':
      story.telemetry(variant % 2 === 0 ? 'live' : 'gap', name);
  }
}

/** Between workloads that the story may have, in one namespace or two; from without the mesh; and out of the cluster. */
function endsOf(namespace: string, name: string, variant: number): readonly [TrafficEnd, TrafficEnd] {
  const home = workloadEnd(`${namespace}/Deployment/Controller-${name}-0`);
  switch (variant) {
    case 0:
      return [{ kind: 'unmeshed' }, home];
    case 1:
      return [home, { kind: 'external' }];
    case 2:
      return [home, { kind: 'external', egressNetwork: { namespace: 'bank', name } }];
    case 3:
      return [
        { kind: 'identity', identity: name },
        { kind: 'unknown', named: namespace },
      ];
    default:
      return [home, workloadEnd(`shop/Deployment/Controller-${variant === 4 ? 'web' : 'db'}-1`)];
  }
}
