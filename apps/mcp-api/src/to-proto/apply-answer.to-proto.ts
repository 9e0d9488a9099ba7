import { Durability, type ApplyObjectResponse } from '@mcp/contracts';
import type { AcceptedChange } from '../apply/apply-object.js';

const durabilities: Readonly<Record<AcceptedChange['durability'], Durability>> = {
  synced: Durability.DURABILITY_SYNCED,
  buffered: Durability.DURABILITY_BUFFERED,
  memory: Durability.DURABILITY_MEMORY,
  unknown: Durability.DURABILITY_UNSPECIFIED,
};

/** The answer of every call that applies: the messages are the same under three names. */
export type ApplyAnswer = ApplyObjectResponse;

export function acceptedToProto(change: AcceptedChange): ApplyAnswer {
  return { ...change, accepted: true, durability: durabilities[change.durability] };
}

/** Nothing was recorded, so nothing was accepted. */
export function dryRunToProto(message: string): ApplyAnswer {
  return {
    accepted: false,
    message,
    changeId: '',
    revision: 0,
    position: '',
    durability: Durability.DURABILITY_UNSPECIFIED,
    duplicate: false,
  };
}
