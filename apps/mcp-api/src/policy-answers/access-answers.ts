import { formatWorkloadRef } from '@mcp/mesh';
import type { AccessRequest, PolicyIndex, SeenClient, Target, UnknownInput } from '@mcp/policy';
import { stepInSlices } from '@mcp/runtime';
import type { Caller } from './callers.js';
import { answer, type Answer, withAdvice } from './explained.js';
import { type Goal, isDeclared } from './goals.js';

/** The answer that certain callers get at certain goals. What is said of how they arrive, and why, is of the first of each. */
export interface AccessAnswer {
  readonly callers: readonly Caller[];
  /** Each that callers arrive from and that is known, once. */
  readonly addresses: readonly string[];
  readonly seen: SeenClient;
  readonly goals: readonly Goal[];
  readonly answer: Answer;
}

interface AnswerAtGoal {
  readonly seen: SeenClient;
  readonly answer: Answer;
  readonly callers: Caller[];
  readonly addresses: Set<string>;
}

/**
 * Every caller at every goal, equal answers merged: callers that arrive alike and get the same, then goals where all of them do.
 * In an order that the order of pods and workloads in the view has no part in. Does not hold the event loop. Rejects when the signal aborts.
 */
export async function accessAnswers(
  index: PolicyIndex,
  callers: readonly Caller[],
  goals: readonly Goal[],
  request: AccessRequest,
  signal: AbortSignal,
): Promise<readonly AccessAnswer[]> {
  if (callers.length === 0) return [];
  const callersInOrder = byName(callers, ({ pods }) => pods);
  const merged = new Map<string, { readonly goals: Goal[]; readonly answers: readonly AnswerAtGoal[] }>();
  for (const goal of byName(goals, ({ pods }) => pods)) {
    const { at } = goal;
    const answers = new Map<string, AnswerAtGoal>();
    if ('unknown' in at) answers.set('', unknownAnswer(at.unknown, request, callersInOrder));
    else await stepInSlices(answersAt(index, callersInOrder, at, goal.dialledPort, request, answers, signal));
    const key = keyOf(goal, answers);
    const same = merged.get(key);
    if (same === undefined) merged.set(key, { goals: [goal], answers: [...answers.values()] });
    else same.goals.push(goal);
  }
  return [...merged.values()].flatMap(({ goals: alike, answers }) =>
    answers.map((one) => ({ ...one, addresses: [...one.addresses], goals: alike })),
  );
}

function byName<Item>(items: readonly Item[], podsOf: (item: Item) => Caller['pods']): readonly Item[] {
  const named = items.map((item) => {
    const pods = podsOf(item);
    const name =
      pods === undefined ? '' : `${formatWorkloadRef(pods.workload)} ${[...pods.names].sort()[0] ?? ''}`;
    return { item, name };
  });
  return named.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).map(({ item }) => item);
}

function* answersAt(
  index: PolicyIndex,
  callers: readonly Caller[],
  target: Target,
  dialledPort: number,
  request: AccessRequest,
  answers: Map<string, AnswerAtGoal>,
  signal: AbortSignal,
): Generator<void> {
  for (const caller of callers) {
    signal.throwIfAborted();
    const seen = caller.seenBy(target, dialledPort);
    const { addressFrom } = caller;
    const { missing } = seen.because;
    const found = withAdvice(answer(index, target, seen.client, request), { addressFrom, missing });
    const key = JSON.stringify([seen.client.tls, seen.because, found], withoutServed);
    let alike = answers.get(key);
    if (alike === undefined)
      answers.set(key, (alike = { seen, answer: found, callers: [], addresses: new Set() }));
    alike.callers.push(caller);
    if (seen.client.address !== undefined) alike.addresses.add(seen.client.address.text);
    yield;
  }
}

/** A decision says which route it is about; all that there is to know of the route is no part of the answer. */
function withoutServed(key: string, value: unknown): unknown {
  return key === 'served' ? undefined : value;
}

function unknownAnswer(
  unknown: readonly UnknownInput[],
  { kind }: AccessRequest,
  callers: readonly Caller[],
): AnswerAtGoal {
  const decision = { verdict: 'unknown', creditedAnyOf: [], satisfied: [], unknown } as const;
  return {
    seen: {
      client: { tls: 'unknown', address: undefined },
      because: { code: 'NOT_KNOWN', message: 'nothing is known of the target' },
    },
    answer:
      kind === 'any'
        ? { reach: 'unknown', parts: [{ what: 'everything', decision, mayBeEmpty: false }] }
        : { parts: [{ what: 'as-asked', decision, mayBeEmpty: false }] },
    callers: [...callers],
    addresses: new Set(),
  };
}

/** Equal for goals at which each caller gets the same. */
function keyOf({ at }: Goal, answers: ReadonlyMap<string, AnswerAtGoal>): string {
  return JSON.stringify([
    'unknown' in at ? at.unknown : [at.port, isDeclared(at)],
    [...answers].map(([key, { callers }]) => [key, callers.map((caller) => caller.pods)]),
  ]);
}
