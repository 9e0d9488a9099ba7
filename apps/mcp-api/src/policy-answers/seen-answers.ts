import {
  type AccessPart,
  type AnswerBasis,
  type ClientGroup,
  type Decision,
  type ExplainAccessResponse,
  type GetReachabilityResponse,
  LackingPart,
  type LintPoliciesResponse,
  MeshTls,
  type ReachClient,
  type TargetGroup,
  type WhatCanReachResponse,
  type WhoCanReachResponse,
} from '@mcp/contracts';
import { seenSource } from '@mcp/graph';
import { CallRefused } from '@mcp/grpc';
import { hiddenName, type VisibleNamespaces, withoutHidden } from '@mcp/mesh';
import { seenFindings, withoutMessage } from './seen-simulation.js';

interface Codec<T> {
  decode(bytes: Uint8Array): T;
  encode(message: T): { finish(): Uint8Array };
}

/**
 * An encoded answer as someone may see it who does not see all namespaces: `leaveOut` is done to it. What the client and the target of a question
 * are was looked for among what they may see.
 */
export async function seenAnswer<T extends { readonly basis: AnswerBasis | undefined }>(
  codec: Codec<T>,
  answer: Promise<Uint8Array>,
  leaveOut: (answer: T, visible: VisibleNamespaces) => T,
  visible: VisibleNamespaces,
): Promise<Uint8Array> {
  if (visible.areAll) return answer;
  const { basis, ...whole } = codec.decode(await answer.catch(withoutReason));
  const seen = leaveOut({ ...whole, basis: basis && seenBasis(basis, visible) } as T, visible);
  return codec.encode(seen).finish();
}

/** Why a kind is not followed may name anything. */
function withoutReason(error: unknown): never {
  if (!(error instanceof CallRefused) || error.code !== 'SOURCE_NOT_LIVE') throw error;
  throw new CallRefused('SOURCE_NOT_LIVE', 'a kind that the answer hangs on is not followed now', {
    facts: error.facts,
  });
}

function seenBasis(basis: AnswerBasis, visible: VisibleNamespaces): AnswerBasis {
  return { ...basis, sources: basis.sources.map((source) => seenSource(source, visible)) };
}

export function seenExplanation(
  { basis, ...answer }: ExplainAccessResponse,
  visible: VisibleNamespaces,
): ExplainAccessResponse {
  const answers = answer.answers.map(({ client, parts, ...each }) => ({
    ...each,
    client: client?.tls === MeshTls.MESH_TLS_UNKNOWN ? withoutMessage(client) : client,
    parts: parts.map(seenPart),
  }));
  return { ...withoutHidden({ ...answer, answers }, visible), basis };
}

function seenPart({ decision, reasons, ...part }: AccessPart): AccessPart {
  return {
    ...part,
    decision: decision && seenDecision(decision),
    reasons: reasons && {
      ...reasons,
      candidates: reasons.candidates.map(({ lacks, ...candidate }) => ({
        ...candidate,
        lacks: lacks.map((lack) =>
          lack.part === LackingPart.LACKING_PART_UNKNOWN ? withoutMessage(lack) : lack,
        ),
      })),
      ignored: reasons.ignored.map(withoutMessage),
      unusedRoutes: reasons.unusedRoutes.map(withoutMessage),
    },
  };
}

/** Its words name the Server, the route and the policy alone, which are where the target is, but for what is not known. */
function seenDecision(decision: Decision): Decision {
  const { message, unknown } = decision;
  return { ...decision, message: unsaid(message, unknown), unknown: unknown.map(withoutMessage) };
}

export function seenClients(
  { groups, ...answer }: WhoCanReachResponse,
  visible: VisibleNamespaces,
): WhoCanReachResponse {
  return { ...answer, groups: groups.map((group) => seenGroup(group, visible)) };
}

const hiddenClients: ReachClient = { client: { $case: 'hidden', hidden: {} } };

function seenGroup({ clients, ...group }: ClientGroup, visible: VisibleNamespaces): ClientGroup {
  const seen = clients.filter((client) => isSeenClient(client, visible));
  return {
    ...withoutHidden(group, visible),
    clients: seen.length === clients.length ? clients : [...seen, hiddenClients],
  };
}

function isSeenClient({ client }: ReachClient, visible: VisibleNamespaces): boolean {
  return client?.$case !== 'workload' || visible.has(client.workload.workload?.namespace ?? '');
}

/** Groups of which no target may be seen are left out. */
export function seenTargets(
  { groups, ...answer }: WhatCanReachResponse,
  visible: VisibleNamespaces,
): WhatCanReachResponse {
  return { ...answer, groups: groups.flatMap((group) => seenTargetGroup(group, visible)) };
}

function seenTargetGroup(group: TargetGroup, visible: VisibleNamespaces): readonly TargetGroup[] {
  const targets = group.targets.filter(({ workload }) => visible.has(workload?.namespace ?? ''));
  return targets.length === 0 ? [] : [withoutHidden({ ...group, targets }, visible)];
}

/** It was asked about what may be seen alone. */
export function seenMatrix(
  { basis, ...answer }: GetReachabilityResponse,
  visible: VisibleNamespaces,
): GetReachabilityResponse {
  return { ...withoutHidden(answer, visible), basis };
}

export function seenLint(
  { findings, ...answer }: LintPoliciesResponse,
  visible: VisibleNamespaces,
): LintPoliciesResponse {
  return { ...answer, findings: seenFindings(findings, visible) };
}

/** Without what is said of what is not known, which may name anything. */
function unsaid(words: string, unknown: Decision['unknown']): string {
  return unknown.reduce(
    (text, { message }) => (message === '' ? text : text.replaceAll(message, hiddenName)),
    words,
  );
}
