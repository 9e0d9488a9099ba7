import {
  type ClientGroup,
  type DescribedClient,
  PartKind,
  type ReachAnswer as ReachAnswerMessage,
  type ReachClient as ReachClientMessage,
  type ReachPart as ReachPartMessage,
  type ReachRow as ReachRowMessage,
  type ReachTarget,
  Reach,
  Refusal,
} from '@mcp/contracts';
import type { WorkloadRef } from '@mcp/mesh';
import type {
  AccessRequest,
  PodGroup,
  ReachAnswer,
  ReachClient,
  ReachRow,
  ReachRule,
  UnknownInput,
} from '@mcp/policy';
import { partKindToProto } from './access-answer.to-proto.js';
import { reachToProto, refusalToProto, verdictToProto } from './decision.to-proto.js';
import { policyRefToProto } from './policy-ref.to-proto.js';

/** Of the addresses of one client, so that an answer stays small. */
const mostAddresses = 20;

export function reachTargetToProto({ workload, groups, port, server, protocol }: ReachRow): ReachTarget {
  return {
    workload,
    groups: groups.filter((group) => typeof group === 'number'),
    shapeless: groups.includes('shapeless'),
    port: port ?? 0,
    server: server && policyRefToProto(server),
    proxyProtocol: protocol ?? '',
  };
}

/** What everyone gets at a target of which nothing is known. */
export function unknownGroupToProto(
  workload: WorkloadRef,
  port: number,
  unknown: readonly UnknownInput[],
  { kind }: AccessRequest,
): ClientGroup {
  const rule = { verdict: 'unknown', unknown: unknown.map(({ code }) => code) } as const;
  const answer: ReachAnswer =
    kind === 'any'
      ? { asked: 'any', reach: 'unknown', parts: [{ what: 'everything', mayBeEmpty: false, rule }] }
      : { asked: 'request', rule };
  return {
    target: reachTargetToProto({ workload, groups: [], port, answers: [] }),
    answer: reachAnswerToProto(answer),
    count: 0,
    clients: [],
  };
}

export function reachRowToProto(row: ReachRow): ReachRowMessage {
  return {
    target: reachTargetToProto(row),
    answers: row.answers.map(({ answer, clients }) => ({ answer: reachAnswerToProto(answer), clients })),
  };
}

export function reachAnswerToProto(answer: ReachAnswer): ReachAnswerMessage {
  switch (answer.asked) {
    case 'request':
      return {
        reach: Reach.REACH_UNSPECIFIED,
        parts: [partToProto(PartKind.PART_KIND_AS_ASKED, false, answer.rule)],
      };
    case 'any':
      return {
        reach: reachToProto[answer.reach],
        parts: answer.parts.map(({ what, mayBeEmpty, rule }) =>
          partToProto(partKindToProto[what], mayBeEmpty, rule),
        ),
      };
  }
}

function partToProto(
  kind: PartKind,
  mayBeEmpty: boolean,
  { verdict, refusal, boundary, route, authorizedBy, unknown }: ReachRule,
): ReachPartMessage {
  return {
    kind,
    mayBeEmpty,
    verdict: verdictToProto[verdict],
    refusal: refusal === undefined ? Refusal.REFUSAL_UNSPECIFIED : refusalToProto[refusal],
    boundary: boundary ?? '',
    route: route && policyRefToProto(route),
    authorizedBy: authorizedBy && policyRefToProto(authorizedBy),
    unknown,
  };
}

export function reachClientToProto(client: ReachClient): ReachClientMessage {
  switch (client.kind) {
    case 'workload': {
      const { workload, group, addresses } = client;
      return {
        client: {
          $case: 'workload',
          workload: {
            workload,
            ...groupToProto(group),
            addresses: addresses.slice(0, mostAddresses),
            addressCount: addresses.length,
          },
        },
      };
    }
    case 'unmeshed': {
      const { inCluster, addresses } = client;
      const ranges = addresses.slice(0, mostAddresses);
      return {
        client: { $case: 'unmeshed', unmeshed: { inCluster, ranges, rangeCount: addresses.length } },
      };
    }
    case 'service-account': {
      const { namespace, name } = client;
      return described({ identity: '', address: '', serviceAccount: { namespace, name } });
    }
    case 'asked': {
      const { tls, address = '' } = client;
      const identity = typeof tls === 'object' ? tls.identity : '';
      return described({ identity, address, serviceAccount: undefined });
    }
  }
}

function described(client: DescribedClient): ReachClientMessage {
  return { client: { $case: 'described', described: client } };
}

function groupToProto(group: PodGroup): { readonly group: number; readonly shapeless: boolean } {
  return group === 'shapeless' ? { group: 0, shapeless: true } : { group, shapeless: false };
}
