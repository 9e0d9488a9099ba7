import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '@mcp/event-log';
import type { AnyRecordedEvent, RecordedEvent } from '@mcp/events';
import { MeshGraph } from '@mcp/graph';
import type { Decision, MeshView, Target, Verdict } from '@mcp/policy';
import { evaluate, parseAddress, PolicyIndex } from '@mcp/policy';
import type { BenchmarkResult, Row } from '../benchmark.js';
import { interleaved, pairedRatio, spreadOf } from '../figures.js';
import { ToldMesh } from '../mesh/told-mesh.js';
import { writeLog } from '../mesh/write-log.js';
import { ms, number, ratio } from '../words.js';

/** From the event of one changed object to the new answer about a workload that it touches. */
export async function incremental(quick: boolean): Promise<BenchmarkResult> {
  const services = quick ? 200 : 10_000;
  const rounds = quick ? 2 : 9;
  return {
    rows: [
      ...(await changesOf(new ToldMesh(services), rounds, `${number(services)} workloads`)),
      ...(await changesOf(new ToldMesh(services, services), rounds, 'all of them in one namespace')),
    ],
    notes: [
      `From the event to the new answer: ${number(services)} services with three pods each, folded from what the collector recorded, 20 in a namespace or all in one; the object of one of them changes, the fold takes it, and policy is asked about a pod of that service. ${rounds} rounds.`,
      'Baseline of that: the same facts in a graph that has derived nothing of them, and the same question.',
    ],
  };
}

async function changesOf(mesh: ToldMesh, rounds: number, where: string): Promise<readonly Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const log = await openEmbeddedLog({ dataDir, mesh: 'bench' });
  try {
    await writeLog(log, mesh, 0);
    const graph = new MeshGraph();
    const changes = new Changes();
    for await (const events of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
      for (const event of events as readonly AnyRecordedEvent[]) {
        // the collector's last word is that it has stopped, which leaves every answer open
        if (event.type === 'SourceStateChanged' && event.data.phase === 'stale') continue;
        graph.evolve(event);
        changes.see(event);
      }
    answerOf(graph.meshView());

    const rows: Row[] = [];
    for (const what of ['an AuthorizationPolicy', 'a MeshTLSAuthentication', 'a pod'] as const) {
      let turn = 0;
      const measured = await interleaved(rounds, {
        ours: () => {
          turn += 1;
          const event = changes.of(what, turn);
          return Promise.resolve(
            answered(expectedAt(what, turn), () => {
              graph.evolve(event);
              return graph.meshView();
            }),
          );
        },
        baseline: () => {
          const anew = new MeshGraph();
          anew.restore((facts) => {
            for (const [namespace, home] of graph.facts.namespaces) facts.namespaces.set(namespace, home);
            for (const [kind, source] of graph.facts.sources) facts.sources.set(kind, source);
            Object.assign(facts, { podShapes: graph.facts.podShapes, scope: graph.facts.scope });
          });
          return Promise.resolve(answered(expectedAt(what, turn), () => anew.meshView()));
        },
      });
      // an odd number of turns would leave the object changed
      if (turn % 2 === 1) graph.evolve(changes.of(what, turn + 1));
      rows.push({
        what: `${what} changes, ${where}: to the new answer`,
        ours: ms(spreadOf(measured.ours)),
        baseline: ms(spreadOf(measured.baseline)),
        ratio: ratio(pairedRatio(measured.ours, measured.baseline)),
      });
    }
    return rows;
  } finally {
    await log.close();
    rmSync(dataDir, { recursive: true });
  }
}

/** Milliseconds until the answer is there. Fails where it is another one. */
function answered(expected: Verdict, view: () => MeshView): number {
  const begun = performance.now();
  const decision = answerOf(view());
  const took = performance.now() - begun;
  if (decision.verdict !== expected) throw new Error(`not ${expected}: ${JSON.stringify(decision)}`);
  return took;
}

const home = 'team-0';
const name = 'cart-0';
const caller = {
  tls: { identity: `cart.${home}.serviceaccount.identity.linkerd.cluster.local` },
  address: parseAddress('172.16.0.1'),
};

function answerOf(view: MeshView): Decision {
  return evaluate(new PolicyIndex(view), targetIn(view), caller, {
    kind: 'http',
    method: 'GET',
    path: '/',
    headers: new Map(),
  });
}

function targetIn(view: MeshView): Target {
  const workload = view.namespaces.get(home)?.workloads.find(({ ref }) => ref.name === name);
  const [group] = workload?.groups ?? [];
  if (group === undefined) throw new Error(`there is no ${home}/${name}`);
  return { namespace: home, endpoint: group.endpoint, port: 8080 };
}

type Changed = 'an AuthorizationPolicy' | 'a MeshTLSAuthentication' | 'a pod';

/** Events of objects that change and change back. */
class Changes {
  #policy: RecordedEvent<'AuthorizationPolicyObserved'> | undefined;
  #authentication: RecordedEvent<'MeshTLSAuthenticationObserved'> | undefined;
  #pod: RecordedEvent<'PodObserved'> | undefined;

  see(event: AnyRecordedEvent): void {
    if (event.type === 'AuthorizationPolicyObserved' && isMeant(event.data)) this.#policy = event;
    if (event.type === 'MeshTLSAuthenticationObserved' && isMeant(event.data)) this.#authentication = event;
    if (
      event.type === 'PodObserved' &&
      event.data.namespace === home &&
      event.data.name.startsWith(`${name}-`)
    )
      this.#pod = event;
  }

  /** At an even turn as it was at first. */
  of(what: Changed, turn: number): AnyRecordedEvent {
    const asAtFirst = turn % 2 === 0;
    switch (what) {
      case 'an AuthorizationPolicy': {
        const event = recorded(this.#policy);
        const { spec } = event.data;
        const targetRef = asAtFirst ? spec.targetRef : { ...spec.targetRef, name: 'another' };
        return { ...event, data: { ...event.data, spec: { ...spec, targetRef } } };
      }
      case 'a MeshTLSAuthentication': {
        const event = recorded(this.#authentication);
        const { spec } = event.data;
        const identities = asAtFirst ? spec.identities : ['another'];
        return { ...event, data: { ...event.data, spec: { ...spec, identities } } };
      }
      case 'a pod': {
        const event = recorded(this.#pod);
        const ips = asAtFirst ? event.data.ips : ['172.31.255.254'];
        return { ...event, data: { ...event.data, ips } };
      }
    }
  }
}

/** Another address of a pod is nothing to its policy. */
function expectedAt(what: Changed, turn: number): Verdict {
  return what === 'a pod' || turn % 2 === 0 ? 'allow' : 'deny';
}

function isMeant(object: { readonly namespace: string; readonly name: string }): boolean {
  return object.namespace === home && object.name === name;
}

function recorded<T>(event: T | undefined): T {
  if (event === undefined) throw new Error(`the log has no such event of ${home}/${name}`);
  return event;
}
