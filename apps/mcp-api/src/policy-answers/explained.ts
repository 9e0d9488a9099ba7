import type {
  AccessPart,
  AccessRequest,
  Client,
  Decision,
  PolicyIndex,
  Reach,
  Reasons,
  Target,
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

/** The same answer, saying what to do where the address of the client is missing. */
export function withAdvice(given: Answer, addressFrom: string | undefined): Answer {
  if (addressFrom === undefined) return given;
  return {
    ...given,
    parts: given.parts.map((part) => ({ ...part, decision: advised(part.decision, addressFrom) })),
  };
}

function advised(decision: Decision, addressFrom: string): Decision {
  const unknown = decision.unknown.map(({ code, message }) => ({
    code,
    message: code === 'CLIENT_ADDRESS_UNKNOWN' ? `${message}: ${addressFrom}` : message,
  }));
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
