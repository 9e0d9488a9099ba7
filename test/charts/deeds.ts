import { KubernetesAccessReviews, KubernetesClusterSource, KubernetesPolicyTarget } from '@mcp/cluster';
import { type ClusterConnection, isKubernetesError, LeaseElector } from '@mcp/kubernetes';
import type { SourcePhase } from '@mcp/events';
import { type ResourceKind, resourceKinds } from '@mcp/mesh';
import { managedSpecs } from '../../libs/sources/test/managed-specs.js';
import { release } from './helm.js';

/** Does what a service does with the API server, by the code that it does it with; what it was refused, one line each. */
export type Deed = (account: ClusterConnection) => Promise<readonly string[]>;

const timing = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryMs: 50 };

/** Looks at all there is until every kind is live, or is not and says why. */
const look =
  (scope: readonly string[] | 'all'): Deed =>
  async (connection) => {
    const source = new KubernetesClusterSource({ connection, scope, controlPlane: {} });
    const stop = new AbortController();
    const phases = new Map<string, string>();
    const settled = new Promise<void>((resolve) => {
      const observer = {
        listed: () => undefined,
        observed: () => undefined,
        deleted: () => undefined,
        phaseChanged: (kind: ResourceKind, phase: SourcePhase, reason: string) => {
          if (phase !== 'syncing') phases.set(kind, phase === 'live' ? 'live' : `${phase}, ${reason}`);
          // a list may be allowed and the watch after it not: live for a moment
          if (phases.size === resourceKinds.length) setTimeout(resolve, 200);
        },
      };
      source.run(observer, stop.signal).catch(() => undefined);
    });
    await settled;
    stop.abort();
    return [...phases].flatMap(([kind, phase]) => (phase === 'live' ? [] : [`${kind}: ${phase}`]));
  };

const identify: Deed = (connection) =>
  refusalOf(() => new KubernetesClusterSource({ connection, scope: 'all', controlPlane: {} }).identity());

/** Is elected, renews its lease, and gives it back. */
const lead =
  (service: string): Deed =>
  async (connection) => {
    const stop = new AbortController();
    const elector = new LeaseElector({
      connection,
      namespace: release.namespace,
      name: `linkerd-mcp-${service}`,
      identity: 'a test',
      timing,
    });
    const problems = new Set<string>();
    const watch = setInterval(() => {
      if (elector.problem !== undefined) problems.add(elector.problem);
      if (problems.size > 0) stop.abort();
    }, 5);
    await elector.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 4 * timing.retryMs));
      stop.abort();
    }, stop.signal);
    clearInterval(watch);
    return [...problems];
  };

/** Creates an object, changes it and deletes it, each by a dry run first. */
const apply =
  (namespace: string, { kind, one, other }: (typeof managedSpecs)[number]): Deed =>
  async (connection) => {
    const target = new KubernetesPolicyTarget(connection);
    const refusals: string[] = [];
    const { signal } = new AbortController();
    const key = { kind, namespace, name: 'of-a-test' };
    for (const [revision, dryRun] of [
      [1, true],
      [1, false],
      [2, true],
      [2, false],
    ] as const) {
      const refused = await refusalOf(async () => {
        const live = await target.live(key, signal);
        const desired = { changeId: 'of-a-test', key, spec: revision === 1 ? one : other };
        const planned = { desired, revision, dryRun, ...(live !== undefined && { live }) };
        const answer = await target.apply(planned, signal);
        if (answer.answer !== 'applied') throw new Error(JSON.stringify(answer));
      });
      refusals.push(...refused);
    }
    for (const dryRun of [true, false]) {
      const refused = await refusalOf(async () => {
        const live = await target.live(key, signal);
        if (live === undefined) return;
        const answer = await target.delete({ key, live, dryRun }, signal);
        if (answer.answer !== 'applied') throw new Error(JSON.stringify(answer));
      });
      refusals.push(...refused);
    }
    return refusals;
  };

/** Asks whose a token is. */
const knowCallers: Deed = (connection) =>
  refusalOf(() => new KubernetesAccessReviews(connection).userOf('made-up', undefined));

/** Asks what somebody may do. */
const askRights: Deed = (connection) =>
  refusalOf(() =>
    new KubernetesAccessReviews(connection).may(
      { name: 'ada' },
      { verb: 'patch', group: 'policy.linkerd.io', resource: 'authorizationpolicies', namespace: 'shop' },
    ),
  );

async function refusalOf(action: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    await action();
    return [];
  } catch (error) {
    const cause = error instanceof Error && isKubernetesError(error.cause) ? error.cause : error;
    return [cause instanceof Error ? cause.message : String(cause)];
  }
}

/** Everything that each service does, in the namespaces that it was told of; of the mcp-api, with the users of the cluster. */
export function deedsOf(service: string, namespaces: readonly string[]): readonly Deed[] {
  const scope = namespaces.length === 0 ? 'all' : namespaces;
  const homes = namespaces.length === 0 ? ['shop'] : namespaces;
  switch (service) {
    case 'collector':
      return [identify, lead(service), look(scope)];
    case 'reconciler':
      return [
        identify,
        lead(service),
        askRights,
        ...homes.flatMap((home) => managedSpecs.map((specs) => apply(home, specs))),
      ];
    default:
      return [knowCallers, askRights];
  }
}
