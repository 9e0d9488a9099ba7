import {
  GetReachabilityResponse,
  LintPoliciesResponse,
  type ReachClient as ReachClientMessage,
  WhatCanReachResponse,
  WhoCanReachResponse,
} from '@mcp/contracts';
import type { ClientRange, PolicyIndex, ReachAnswer, Reachability, ReachRow } from '@mcp/policy';
import { lint } from '@mcp/policy';
import { findingToProto } from '../../to-proto/finding.to-proto.js';
import {
  reachAnswerToProto,
  reachClientToProto,
  reachRowToProto,
  reachTargetToProto,
} from '../../to-proto/reach.to-proto.js';
import { reachabilities, type PolicyQuestion } from './policy-question.js';
import type { SimulateQuestion } from './simulation.js';

/** Members of a group that are told at once: some ten thousand bytes. */
const membersAtOnce = 100;

/**
 * The whole answer in parts, each an encoded message that has nothing but this part of the lists: a page is what its parts are one after
 * the other, since that is what messages in a row mean.
 */
export function* answerParts(
  index: PolicyIndex,
  question: Exclude<PolicyQuestion, SimulateQuestion>,
): Generator<Uint8Array> {
  if (question.kind === 'lint') {
    for (const finding of lint(index, question.namespaces))
      yield LintPoliciesResponse.encode({
        ...empty,
        findings: [findingToProto(finding)],
        outOfScope: false,
      }).finish();
    return;
  }
  for (const reachability of reachabilities(index, question))
    switch (question.kind) {
      case 'matrix':
        yield* matrixParts(reachability);
        break;
      case 'who':
        yield* whoParts(reachability);
        break;
      case 'what':
        yield* whatParts(reachability);
        break;
    }
}

function* matrixParts({ clients, rows }: Reachability): Generator<Uint8Array> {
  for (const some of cut(clients))
    yield GetReachabilityResponse.encode({
      ...empty,
      clients: some.map(reachClientToProto),
      rows: [],
      outOfScope: [],
    }).finish();
  for (const row of rows)
    yield GetReachabilityResponse.encode({
      ...empty,
      clients: [],
      rows: [reachRowToProto(row)],
      outOfScope: [],
    }).finish();
}

function* whoParts({ clients, rows }: Reachability): Generator<Uint8Array> {
  for (const row of rows) {
    const target = reachTargetToProto(row);
    for (const { answer, clients: ranges } of row.answers) {
      const members = placesIn(ranges);
      for (const some of cut(members)) {
        const group = {
          target,
          answer: reachAnswerToProto(answer),
          count: members.length,
          clients: some.flatMap((place) => membersAt(clients, place)),
        };
        yield WhoCanReachResponse.encode({ ...empty, groups: [group], notReached: [] }).finish();
      }
    }
  }
}

function* whatParts({ clients, rows }: Reachability): Generator<Uint8Array> {
  const groups = new Map<
    string,
    { readonly answer: ReachAnswer; readonly clients: readonly ClientRange[]; readonly rows: ReachRow[] }
  >();
  for (const row of rows)
    for (const one of row.answers) {
      const key = JSON.stringify(one);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { ...one, rows: [row] });
      else group.rows.push(row);
    }
  for (const { answer, clients: ranges, rows: reached } of groups.values())
    for (const some of cut(reached)) {
      const group = {
        answer: reachAnswerToProto(answer),
        clients: placesIn(ranges).flatMap((place) => membersAt(clients, place)),
        count: reached.length,
        targets: some.map(reachTargetToProto),
      };
      yield WhatCanReachResponse.encode({ ...empty, groups: [group] }).finish();
    }
}

const empty = { basis: undefined, nextPageToken: '' };

function membersAt(clients: Reachability['clients'], place: number): readonly ReachClientMessage[] {
  const client = clients[place];
  return client === undefined ? [] : [reachClientToProto(client)];
}

function placesIn(ranges: readonly ClientRange[]): readonly number[] {
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
}

function* cut<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += membersAtOnce)
    yield items.slice(start, start + membersAtOnce);
}
