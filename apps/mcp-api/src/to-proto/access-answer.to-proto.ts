import {
  type AccessAnswer as AccessAnswerMessage,
  type AccessPart,
  type HttpRequest as HttpRequestMessage,
  MeshTls,
  PartKind,
  type PodSet,
  Reach,
  type SeenClient as SeenClientMessage,
  type TargetPort,
} from '@mcp/contracts';
import type { WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { Client, HttpRequest, ReachedPods, Reasons } from '@mcp/policy';
import type { AccessAnswer } from '../policy-answers/access-answers.js';
import type { AnswerPart } from '../policy-answers/explained.js';
import { type Goal, isDeclared } from '../policy-answers/goals.js';
import { decisionToProto, reachToProto } from './decision.to-proto.js';
import { reasonsToProto } from './reasons.to-proto.js';

/** What is told of each, so that an answer stays a message. */
const mostNames = 20;

/** All but its parts. */
export function accessAnswerToProto(answer: AccessAnswer): Omit<AccessAnswerMessage, 'parts' | 'moreParts'> {
  const { reach } = answer.answer;
  return {
    client: seenClientToProto(answer),
    target: targetPortToProto(answer.goals),
    reach: reach === undefined ? Reach.REACH_UNSPECIFIED : reachToProto[reach],
  };
}

export function accessPartToProto(
  { what, decision, example, mayBeEmpty }: AnswerPart,
  reasons: Reasons | undefined,
): AccessPart {
  return {
    kind: partKindToProto[what],
    decision: decisionToProto(decision),
    example: example && httpRequestToProto(example),
    mayBeEmpty,
    reasons: reasons && reasonsToProto(reasons),
  };
}

function seenClientToProto({ callers, seen, addresses }: AccessAnswer): SeenClientMessage {
  const { tls } = seen.client;
  const [pods] = podSetsToProto(callers.flatMap((caller) => caller.pods ?? []));
  return {
    pods,
    tls: meshTlsToProto(tls),
    identity: typeof tls === 'object' ? tls.identity : '',
    addresses: addresses.slice(0, mostNames),
    because: seen.because.code,
    message: seen.because.message,
  };
}

function meshTlsToProto(tls: Client['tls']): MeshTls {
  if (typeof tls === 'object' || tls === 'anonymous') return MeshTls.MESH_TLS_ESTABLISHED;
  return tls === 'none' ? MeshTls.MESH_TLS_NONE : MeshTls.MESH_TLS_UNKNOWN;
}

function targetPortToProto(goals: readonly Goal[]): TargetPort {
  const at = goals[0]?.at;
  const known = at === undefined || 'unknown' in at ? undefined : at;
  return {
    pods: podSetsToProto(goals.map(({ pods }) => pods)),
    port: known?.port ?? 0,
    declared: known !== undefined && isDeclared(known),
  };
}

/** By workload; a pod that is there twice, with two addresses, counts once. */
function podSetsToProto(
  pods: readonly {
    readonly workload: WorkloadRef;
    readonly count: number;
    readonly names: readonly string[];
  }[],
): readonly PodSet[] {
  const sets = new Map<string, { workload: WorkloadRef; names: Set<string>; nameless: number }>();
  for (const { workload, count, names } of pods) {
    const key = formatWorkloadRef(workload);
    let set = sets.get(key);
    if (set === undefined) sets.set(key, (set = { workload, names: new Set(), nameless: 0 }));
    for (const name of names) set.names.add(name);
    set.nameless += count - names.length;
  }
  return [...sets.values()].map(({ workload, names, nameless }) => ({
    workload,
    count: names.size + nameless,
    names: [...names].sort().slice(0, mostNames),
  }));
}

export function reachedPodsToProto(reached: readonly ReachedPods[]): readonly PodSet[] {
  return podSetsToProto(
    reached.map(({ workload, group: { pods } }) => ({
      workload,
      count: pods.length,
      names: pods.map(({ name }) => name),
    })),
  );
}

export const partKindToProto: Readonly<Record<AnswerPart['what'], PartKind>> = {
  'as-asked': PartKind.PART_KIND_AS_ASKED,
  everything: PartKind.PART_KIND_EVERYTHING,
  route: PartKind.PART_KIND_ROUTE,
  'no-route': PartKind.PART_KIND_NO_ROUTE,
  connection: PartKind.PART_KIND_CONNECTION,
};

export function httpRequestToProto({ method, path, headers }: HttpRequest): HttpRequestMessage {
  return {
    method,
    path,
    headers: [...headers].flatMap(([name, values]) => values.map((value) => ({ name, value }))),
  };
}
