import type { WorkloadRef } from '@mcp/mesh';
import type { SeenEdge } from '@mcp/traffic';

const callersOfOne = 10;
const pollsOfMinute = 4;

/** How the calls of a mesh go on over a day. */
export type CallStory = 'steady' | 'rollouts' | 'alternating' | 'intermittent';

export function callerOf(edge: number): WorkloadRef {
  return { namespace: `team-${edge % 20}`, kind: 'Deployment', name: `app-${edge}` };
}

/** Of ten edges the same. */
export function calleeOf(edge: number): WorkloadRef {
  return { namespace: 'shop', kind: 'Deployment', name: `service-${Math.floor(edge / callersOfOne)}` };
}

/** What one poll shows of an edge; undefined where it has no rows. */
export function shownOf(story: CallStory, edge: number, poll: number): SeenEdge | undefined {
  // edges do not all change at one time
  const turn = poll + edge * 37;
  switch (story) {
    case 'steady':
      return calling(edge);
    case 'rollouts': {
      // a rollout of the callee every four hours: a minute in which it is not scraped, and one in which some of its pods are not meshed
      const since = turn % (4 * 60 * pollsOfMinute);
      if (since < pollsOfMinute) return { ...calling(edge), hadTraffic: false, frozen: true };
      return since < 2 * pollsOfMinute ? insecure(edge) : calling(edge);
    }
    case 'alternating':
      return Math.floor(turn / pollsOfMinute) % 2 === 0 ? calling(edge) : insecure(edge);
    case 'intermittent': {
      // for a minute at a time, every 2 minutes to 6 hours
      const everyMinutes = 2 + ((edge * 7919) % 359);
      return turn % (everyMinutes * pollsOfMinute) < pollsOfMinute ? calling(edge) : undefined;
    }
  }
}

function calling(edge: number): SeenEdge {
  const [caller, callee] = [callerOf(edge), calleeOf(edge)];
  return {
    id: {
      source: { kind: 'workload', workload: caller },
      destination: { kind: 'workload', workload: callee },
      port: 8080,
    },
    ...{ hadTraffic: true, frozen: false, security: 'mtls', insecureReasons: [], protocol: 'http' },
    evidence: 'client',
    services: [`${callee.namespace}/${callee.name}`],
    serverIdentities: [`${callee.name}.${callee.namespace}.serviceaccount.identity.linkerd.cluster.local`],
  };
}

function insecure(edge: number): SeenEdge {
  return { ...calling(edge), security: 'mixed', insecureReasons: ['not_provided_by_service_discovery'] };
}
