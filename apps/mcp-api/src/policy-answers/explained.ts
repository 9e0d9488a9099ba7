import type {
  AccessPart,
  AccessRequest,
  Client,
  Decision,
  PolicyIndex,
  Reach,
  Reasons,
  Target,
  UnknownInput,
} from '@mcp/policy';
import { evaluateAny, evaluateOne, explain } from '@mcp/policy';

/** What is decided about a client: how much of the port, where no single request is asked about, and each part of it. */
export interface Answer {
  readonly reach?: Reach;
  readonly parts: readonly AnswerPart[];
}

export interface AnswerPart extends Omit<AccessPart, 'what'> {
  readonly what: AccessPart['what'] | 'as-asked';
}

/** The functions that every answer about access goes through. */
export function answer(index: PolicyIndex, target: Target, client: Client, request: AccessRequest): Answer {
  if (request.kind === 'any') return evaluateAny(index, target, client);
  const { decision, served } = evaluateOne(index, target, client, request);
  return { parts: [{ what: 'as-asked', decision, ...(served && { served }), mayBeEmpty: false }] };
}

/** What helps where something of the client is not known. */
export interface Advice {
  /** What to do where the address is missing. */
  readonly addressFrom?: string | undefined;
  /** What the identity hangs on. */
  readonly missing?: readonly UnknownInput[] | undefined;
}

/** The same answer, saying what to do where the address of the client is missing, and what its identity is missing for. */
export function withAdvice(given: Answer, advice: Advice): Answer {
  return {
    ...given,
    parts: given.parts.map((part) => ({ ...part, decision: advised(part.decision, advice) })),
  };
}

function advised(decision: Decision, { addressFrom, missing = [] }: Advice): Decision {
  if (decision.unknown.length === 0) return decision;
  const told = new Map<string, UnknownInput>();
  for (const input of decision.unknown)
    for (const one of input.code === 'CLIENT_IDENTITY_UNKNOWN' ? [input, ...missing] : [input])
      told.set(`${one.code} ${one.message}`, one);
  const unknown = [...told.values()].map((input) =>
    input.code === 'CLIENT_ADDRESS_UNKNOWN' && addressFrom !== undefined
      ? { ...input, message: `${input.message}: ${addressFrom}` }
      : input,
  );
  return { ...decision, unknown };
}

/** Why one part of an answer is as it is; undefined where policy does not act, or nothing is known of it. */
export function reasonsOf(
  index: PolicyIndex,
  target: Target,
  client: Client,
  { decision, served }: AnswerPart,
): Reasons | undefined {
  if (decision.server === undefined) return undefined;
  return explain(index, index.portPolicy(target.namespace, target.endpoint, target.port), served, client);
}
