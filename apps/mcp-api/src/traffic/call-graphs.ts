import { CallDirection, GetCallGraphResponse } from '@mcp/contracts';
import {
  callGraph,
  type CallEdge,
  type CallDirection as Direction,
  type CallRoot,
  formatSeenEnd,
  type MeshGraph,
  SeenCalls,
} from '@mcp/graph';
import { CallRefused, invalidRequest, messageLimitBytes } from '@mcp/grpc';
import { formatTrafficEnd, formatWorkloadRef, type VisibleNamespaces, type WorkloadRef } from '@mcp/mesh';
import { findService, findWorkload, seenMesh } from '../policy-answers/find-in-mesh.js';
import { edgeToProto, trafficEndToProto } from '../to-proto/edge.to-proto.js';
import { stepInSlices } from '@mcp/runtime';
import { type Refusals, type RefusalSeen, seenRefusals } from '@mcp/traffic';
import type { Following } from '../following.js';
import { sampleOf } from './edge-rates.js';
import type { NewestPoll } from './newest-poll.js';
import type { ToldDenials } from './told-denials.js';
import type { TrafficGraphs } from './traffic-graph.js';

export interface CallGraphQuestion {
  /** One of the two. */
  readonly workload?: WorkloadRef;
  readonly service?: { readonly namespace: string; readonly name: string };
  readonly direction: CallDirection;
  readonly depth: number;
  readonly maxEdges: number;
  /** Empty: now. */
  readonly at: string;
}

const mostNotFollowed = 100;
const mostDenials = 100;

/** Answers who calls whom around a workload or Service. Answers are encoded. */
export class CallGraphs {
  constructor(
    private readonly graphs: TrafficGraphs,
    private readonly newest: NewestPoll,
    private readonly refusals: Following<Refusals>,
    private readonly told: ToldDenials,
  ) {}

  /** Fails as `TrafficGraphs.at`, `findWorkload` and `findService` do, and with ANSWER_TOO_LARGE. */
  async around(
    question: CallGraphQuestion,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (question.at === '') await stepInSlices(this.told.take((await this.graphs.now()).graph.meshView()));
    const { graph, basis } = await this.graphs.at(question.at, visible, signal);
    const root = rootOf(graph, question, visible);
    const { edges, leftOut, notFollowed } = callGraph(
      visible.areAll ? graph : new SeenCalls(graph, visible),
      root,
      {
        directions: directions[question.direction],
        depth: question.depth,
        most: question.maxEdges,
      },
    );
    const refused = question.at === '' ? this.#refusedBy(root.workloads, edges, visible) : [];
    const poll = question.at === '' ? this.newest.current : undefined;
    const answer = GetCallGraphResponse.encode({
      basis,
      roots: root.workloads,
      edges: edges.map(({ edge, steps }) => ({
        key: edge.key,
        edge: edgeToProto(edge.value),
        callersStep: steps.callers ?? 0,
        calleesStep: steps.callees ?? 0,
        sample: poll && sampleOf(edge, poll),
      })),
      leftOut,
      notFollowed: notFollowed.slice(0, mostNotFollowed).map(({ end, direction, edges: more }) => ({
        end: trafficEndToProto(end),
        direction: toProto[direction],
        edges: more,
      })),
      moreNotFollowed: Math.max(0, notFollowed.length - mostNotFollowed),
      denials: await this.told.tell(graph, refused.slice(0, mostDenials), visible),
      moreDenials: Math.max(0, refused.length - mostDenials),
    }).finish();
    if (answer.byteLength <= messageLimitBytes) return answer;
    throw new CallRefused(
      'ANSWER_TOO_LARGE',
      `the answer has ${answer.byteLength} bytes, a message may have ${messageLimitBytes}: ask for fewer edges in max_edges, or less depth`,
      { facts: { bytes: String(answer.byteLength), limit: String(messageLimitBytes) } },
    );
  }

  #refusedBy(
    roots: readonly WorkloadRef[],
    edges: readonly CallEdge[],
    visible: VisibleNamespaces,
  ): readonly RefusalSeen[] {
    const refusing = new Set([
      ...roots.map(formatWorkloadRef),
      ...edges.map(({ edge: { value } }) => formatSeenEnd(value.destination)),
    ]);
    const refusals = seenRefusals(this.refusals.now.state, visible);
    return refusals.all().filter(({ workload }) => refusing.has(formatWorkloadRef(workload)));
  }
}

function rootOf(
  graph: MeshGraph,
  { workload, service }: CallGraphQuestion,
  visible: VisibleNamespaces,
): CallRoot {
  const view = seenMesh(graph.meshView(), visible);
  if (workload !== undefined && service === undefined) {
    const found = findWorkload(view, workload, 'workload');
    if ('outOfScope' in found) throw notLookedAt(workload.namespace, 'workload');
    return { workloads: [found.ref] };
  }
  if (workload !== undefined || service === undefined)
    throw invalidRequest([
      { field: 'workload', description: 'exactly one of workload and service must be set' },
    ]);
  const found = findService(view, service, 'service');
  if ('outOfScope' in found) throw notLookedAt(service.namespace, 'service');
  const name = `${service.namespace}/${service.name}`;
  const behind = graph.service(service.namespace, service.name)?.value.workloads ?? [];
  const selects = found.service.selector !== undefined;
  const workloads = selects ? behind : calledThrough(graph, name);
  return { workloads: workloads.filter(({ namespace }) => visible.has(namespace)), service: name };
}

/** What the callers of a Service came to: where it leads, is not known of one without a selector. */
function calledThrough(graph: MeshGraph, service: string): readonly WorkloadRef[] {
  const called = graph.edgesThrough(service).map(({ value: { destination } }) => destination);
  const byName = new Map(
    called.flatMap((end) =>
      end.kind === 'workload' ? [[formatTrafficEnd(end), end.workload] as const] : [],
    ),
  );
  return [...byName.values()];
}

function notLookedAt(namespace: string, root: string): CallRefused {
  const description = `namespace ${namespace} is not looked at`;
  return new CallRefused('NAMESPACE_NOT_FOUND', description, {
    violations: [{ field: `${root}.namespace`, description }],
  });
}

const directions: Readonly<Record<CallDirection, readonly Direction[]>> = {
  [CallDirection.CALL_DIRECTION_UNSPECIFIED]: ['callers', 'callees'],
  [CallDirection.CALL_DIRECTION_CALLERS]: ['callers'],
  [CallDirection.CALL_DIRECTION_CALLEES]: ['callees'],
  [CallDirection.CALL_DIRECTION_BOTH]: ['callers', 'callees'],
};

const toProto: Readonly<Record<Direction, CallDirection>> = {
  callers: CallDirection.CALL_DIRECTION_CALLERS,
  callees: CallDirection.CALL_DIRECTION_CALLEES,
};
