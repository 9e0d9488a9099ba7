import {
  type Lack as LackMessage,
  LackingPart,
  type Reasons as ReasonsMessage,
  Satisfaction,
} from '@mcp/contracts';
import type { Candidate, Lack, Reasons } from '@mcp/policy';
import { lackInWords } from '../policy-answers/in-words.js';
import { objectKeyToProto, policyRefToProto } from './policy-ref.to-proto.js';

/** Of each list, so that an answer stays a message. */
const mostReasons = 64;
const mostWanted = 8;

export function reasonsToProto({ candidates, ignored, overruled, unusedRoutes }: Reasons): ReasonsMessage {
  return {
    candidates: candidates.slice(0, mostReasons).map(({ ref, satisfied, lacks }) => ({
      authorization: policyRefToProto(ref),
      satisfied: satisfactionToProto[satisfied],
      lacks: lacks.map(lackToProto),
    })),
    ignored: ignored.slice(0, mostReasons).map(({ because: { code, message }, ...object }) => ({
      object: objectKeyToProto(object),
      code,
      message,
    })),
    overruled: overruled
      .slice(0, mostReasons)
      .flatMap((ref) => (ref.kind === 'Server' ? [objectKeyToProto(ref)] : [])),
    unusedRoutes: unusedRoutes
      .slice(0, mostReasons)
      .flatMap(({ ref, because: { code, field, message } }) =>
        ref.kind === 'default' ? [] : [{ object: objectKeyToProto(ref), code, field, message }],
      ),
    more: [candidates, ignored, overruled, unusedRoutes].reduce(
      (sum, { length }) => sum + Math.max(0, length - mostReasons),
      0,
    ),
  };
}

const satisfactionToProto: Readonly<Record<Candidate['satisfied'], Satisfaction>> = {
  yes: Satisfaction.SATISFACTION_YES,
  no: Satisfaction.SATISFACTION_NO,
  unknown: Satisfaction.SATISFACTION_UNKNOWN,
};

function lackToProto(lack: Lack): LackMessage {
  const message = lackInWords(lack, mostWanted);
  if (lack.part === 'unknown')
    return { part: LackingPart.LACKING_PART_UNKNOWN, wanted: [], given: '', message };
  const { part, wanted, given } = lack;
  return { part: partToProto[part], wanted: wanted.slice(0, mostWanted), given, message };
}

const partToProto = {
  network: LackingPart.LACKING_PART_NETWORK,
  identity: LackingPart.LACKING_PART_IDENTITY,
} as const;
