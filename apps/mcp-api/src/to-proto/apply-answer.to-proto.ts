import { Durability, type ApplyChangeResponse, type ApplyObjectResponse } from '@mcp/contracts';
import type { AcceptedChange, ChangeAnswer } from '../apply/change-requests.js';
import { objectKeyToProto } from './policy-ref.to-proto.js';

const durabilities: Readonly<Record<AcceptedChange['durability'], Durability>> = {
  synced: Durability.DURABILITY_SYNCED,
  buffered: Durability.DURABILITY_BUFFERED,
  memory: Durability.DURABILITY_MEMORY,
  unknown: Durability.DURABILITY_UNSPECIFIED,
};

export function durabilityToProto(durability: AcceptedChange['durability']): Durability {
  return durabilities[durability];
}

/** The answer of every call that changes one object: the messages are the same under several names. */
export type ApplyAnswer = ApplyObjectResponse;

export function applyAnswerToProto(answer: ChangeAnswer): ApplyAnswer {
  const [change] = 'changes' in answer ? answer.changes : [];
  return { ...commonToProto(answer), revision: change?.revision ?? 0 };
}

export function changeAnswerToProto(answer: ChangeAnswer): ApplyChangeResponse {
  const changes = 'changes' in answer ? answer.changes : [];
  return {
    ...commonToProto(answer),
    changes: changes.map(({ changeId, key, revision }) => ({
      changeId,
      object: objectKeyToProto(key),
      revision,
    })),
  };
}

function commonToProto(answer: ChangeAnswer): Omit<ApplyChangeResponse, 'changes'> {
  // of a dry run nothing was recorded, so nothing was accepted
  if ('dryRun' in answer) {
    const durability = Durability.DURABILITY_UNSPECIFIED;
    return {
      accepted: false,
      message: answer.dryRun,
      changeId: '',
      position: '',
      durability,
      duplicate: false,
    };
  }
  const { message, changeId, position, durability, duplicate } = answer;
  return { accepted: true, message, changeId, position, durability: durabilities[durability], duplicate };
}
