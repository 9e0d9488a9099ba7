import {
  type ClientGroup,
  GetReachabilityResponse,
  type PodSet,
  WhatCanReachResponse,
  WhoCanReachResponse,
} from '@mcp/contracts';
import { formatWorkloadRef } from '@mcp/mesh';
import type { AccessRequest, PolicyIndex } from '@mcp/policy';
import { reachedPodsToProto } from '../to-proto/access-answer.to-proto.js';
import { unknownGroupToProto } from '../to-proto/reach.to-proto.js';
import { askedClient, mustSeeClient, type ClientFields } from './asked-client.js';
import { askedTarget, mustSeeTarget, type TargetFields } from './asked-target.js';
import { findNamespace, isInScope, mustSee, seenNamespaces } from './find-in-mesh.js';
import type { Goal } from './goals.js';
import { type AnswerPages, joined, type Paging } from './thread/answer-pages.js';
import type { ReachedPort } from './thread/policy-question.js';

/** Who reaches whom, for many at once. Answers are encoded. */
export class ReachAnswers {
  constructor(private readonly pages: AnswerPages) {}

  /** Fails as `askedTarget` does, and as `AnswerPages.place`. */
  async who(
    target: TargetFields,
    request: AccessRequest,
    paging: Paging,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const place = await this.pages.place(['who', target, request], paging, signal);
    mustSeeTarget(place.mesh.index.view, paging.visible, target);
    const { goals, notReached } = askedTarget(place.mesh.index, target, 'target');
    const targets = goals.flatMap((goal) => portsAt(place.mesh.index, goal));
    const { lists, ...rest } = await this.pages.page(place, { kind: 'who', targets, request }, signal);
    const once: { readonly groups: readonly ClientGroup[]; readonly notReached: readonly PodSet[] } =
      place.start > 0
        ? { groups: [], notReached: [] }
        : {
            groups: goals.flatMap((goal) => outOfScope(goal, request)),
            notReached: reachedPodsToProto(notReached),
          };
    return joined(WhoCanReachResponse.encode({ ...rest, ...once }).finish(), lists);
  }

  /** Fails as `askedClient` does, and as `AnswerPages.place`. */
  async what(
    client: ClientFields,
    request: AccessRequest,
    paging: Paging,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const place = await this.pages.place(['what', client, request], paging, signal);
    mustSeeClient(place.mesh.index.view, paging.visible, client);
    const { reaching } = askedClient(place.mesh.index, client, 'client');
    const question = { kind: 'what', client: reaching, request } as const;
    const { lists, ...rest } = await this.pages.page(place, question, signal);
    return joined(WhatCanReachResponse.encode({ ...rest, groups: [] }).finish(), lists);
  }

  /** No namespaces: all. Fails with NAMESPACE_NOT_FOUND or SOURCE_NOT_LIVE, and as `AnswerPages.place` does. */
  async matrix(
    namespaces: readonly string[],
    request: AccessRequest,
    paging: Paging,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const place = await this.pages.place(['matrix', namespaces, request], paging, signal);
    const { view } = place.mesh.index;
    for (const namespace of namespaces) mustSee(view, paging.visible, namespace, 'namespaces');
    const outOfScope = namespaces.filter((namespace) => !isInScope(view, namespace));
    for (const namespace of namespaces)
      if (isInScope(view, namespace)) findNamespace(view, namespace, 'namespaces');
    const among = namespaces.length > 0 ? namespaces : seenNamespaces(view, paging.visible);
    const question = { kind: 'matrix', ...(among && { namespaces: among }), request } as const;
    const { lists, ...rest } = await this.pages.page(place, question, signal);
    return joined(
      GetReachabilityResponse.encode({ ...rest, clients: [], rows: [], outOfScope }).finish(),
      lists,
    );
  }
}

function portsAt(
  { view }: PolicyIndex,
  { pods: { workload }, at, dialledPort }: Goal,
): readonly ReachedPort[] {
  const name = formatWorkloadRef(workload);
  const found = view.namespaces
    .get(workload.namespace)
    ?.workloads.find(({ ref }) => formatWorkloadRef(ref) === name);
  if (found === undefined) return [];
  if ('unknown' in at) return [{ workload, port: dialledPort, dialledPort, groups: ['shapeless'] }];
  const group = found.groups.findIndex(({ endpoint }) => endpoint === at.endpoint);
  return [{ workload, port: at.port, dialledPort, groups: [group] }];
}

function outOfScope({ pods, at, dialledPort }: Goal, request: AccessRequest): readonly ClientGroup[] {
  return 'unknown' in at && at.unknown.some(({ code }) => code === 'NAMESPACE_OUT_OF_SCOPE')
    ? [unknownGroupToProto(pods.workload, dialledPort, at.unknown, request)]
    : [];
}
