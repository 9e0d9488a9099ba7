import type { RawObject } from '../test/conformance/corpus.js';
import { meshOf } from '../test/conformance/situation.js';
import type { Resource } from '../test/policy-agreement/kubernetes-objects.js';
import type { Benchmark, Row } from './benchmark.js';
import { interleaved, pairedRatio, spreadOf } from './figures.js';
import { cluster, governedMesh, identityOf } from './policy/governed-mesh.js';
import { knownCallers } from './what-if/known-callers.js';
import { applying, at, ledgerOf, oneByOne, simulated, simulatedByThread } from './what-if/simulations.js';
import { ms, number, ratio } from './words.js';

const limitMs = 1_000;
const blockLimitMs = 50;
const group = 'policy.linkerd.io';
const metadata = (namespace: string, name: string) => ({
  namespace,
  name,
  creationTimestamp: '2026-01-05T08:00:00Z',
});

/** Everyone of one namespace more than before. */
const everywhere = (identities: readonly string[]): Resource => ({
  apiVersion: `${group}/v1alpha1`,
  kind: 'MeshTLSAuthentication',
  metadata: metadata('team-0', 'everywhere'),
  spec: { identities },
});

const toWholeNamespace = (namespace: string): Resource => ({
  apiVersion: `${group}/v1alpha1`,
  kind: 'AuthorizationPolicy',
  metadata: metadata(namespace, 'everywhere'),
  spec: {
    targetRef: { kind: 'Namespace', name: namespace },
    requiredAuthenticationRefs: [
      { group, kind: 'MeshTLSAuthentication', name: 'everywhere', namespace: 'team-0' },
    ],
  },
});

/** What a change would do to all who are known to call. */
export const whatIf: Benchmark = {
  name: 'what-if',
  title: 'What a change would do to known callers',
  async run({ quick }) {
    const [namespaces, callers, rounds] = quick ? [4, 2_000, 2] : [20, 100_000, 3];
    const homes = Array.from({ length: namespaces }, (_, index) => `team-${index}`);
    const resources = [
      ...governedMesh(namespaces),
      everywhere([identityOf('team-0', 'app-1')]),
      ...homes.map(toWholeNamespace),
    ];
    const view = meshOf(cluster, resources as readonly unknown[] as readonly RawObject[]);
    const ledger = ledgerOf(knownCallers(namespaces, callers, at));
    const changes = {
      all: applying(everywhere([identityOf('team-0', 'app-1'), identityOf('team-1', 'app-2')])),
      one: applying({ ...toWholeNamespace('team-0'), metadata: metadata('team-0', 'to-all') }),
    };
    if (simulated(view, changes.all, ledger).callers !== callers) throw new Error('callers are missing');

    const blocks: number[] = [];
    let impacts = 0;
    const measured = await interleaved(rounds, {
      all: () => {
        const { tookMs, impacts: told } = simulated(view, changes.all, ledger);
        impacts = told;
        return Promise.resolve(tookMs);
      },
      one: () => Promise.resolve(simulated(view, changes.one, ledger).tookMs),
      thread: async () => {
        const { tookMs, longestBlockMs } = await simulatedByThread(view, changes.all, ledger);
        blocks.push(longestBlockMs);
        return tookMs;
      },
      naive: () => Promise.resolve(oneByOne(view, changes.all, ledger)),
    });
    const row = (what: string, took: readonly number[]): Row => {
      const spread = spreadOf(took);
      const baseline = ms(spreadOf(measured.naive));
      const compared = ratio(pairedRatio(took, measured.naive));
      return {
        ...{ what, ours: ms(spread), baseline, ratio: compared },
        ...{ target: '< 1 s', met: spread.median < limitMs },
      };
    };
    const size = `${number(callers)} callers`;
    return {
      rows: [
        row(`${size}, all of workloads that the change affects`, measured.all),
        row(`${size}, the change affects one of ${number(namespaces)} namespaces`, measured.one),
        row(
          'all of them through the thread of the API: copied, sent, worked out, handed back',
          measured.thread,
        ),
        {
          what: 'longest block of the event loop meanwhile',
          ours: ms(spreadOf(blocks)),
          baseline: '',
          ...{ target: '< 50 ms', met: spreadOf(blocks).median < blockLimitMs },
        },
      ],
      notes: [
        `One object is applied to a mesh of ${number(namespaces)} namespaces with 50 workloads and 100 policy objects each; ${number(callers)} callers of its workloads, each on seven days. Told of the first: ${number(impacts)} impacts. ${rounds} rounds.`,
        'Milliseconds are of the processor, the collector of garbage included; those of the thread of the API are of the clock.',
        'Baseline: the same change, and each caller asked about before and after, one by one; nothing is encoded.',
      ],
    };
  },
};
