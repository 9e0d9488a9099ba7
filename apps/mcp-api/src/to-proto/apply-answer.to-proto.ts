import { Durability, type ApplyAuthorizationPolicyResponse } from '@mcp/contracts';
import type { AcceptedChange } from '../apply/apply-authorization-policy.js';

const durabilities: Readonly<Record<AcceptedChange['durability'], Durability>> = {
  synced: Durability.DURABILITY_SYNCED,
  buffered: Durability.DURABILITY_BUFFERED,
  memory: Durability.DURABILITY_MEMORY,
  unknown: Durability.DURABILITY_UNSPECIFIED,
};

export function acceptedToProto(change: AcceptedChange): ApplyAuthorizationPolicyResponse {
  return { ...change, accepted: true, durability: durabilities[change.durability] };
}

/** Nothing was recorded, so nothing was accepted. */
export function dryRunToProto(message: string): ApplyAuthorizationPolicyResponse {
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
