import type { AuthorizationPolicySpec, PolicyObjectState } from '@mcp/mesh';
import { parseAuthorizationPolicy } from './parse/authorization-policy.js';
import type { Parsed } from './parse/parsed.js';
import { parsePolicyObject } from './parse/policy-object.js';

type Live = Pick<PolicyObjectState<unknown>, 'fieldOwners' | 'change' | 'gitOps'> & {
  /** Undefined where it cannot be read. */
  readonly spec: AuthorizationPolicySpec | undefined;
};

/** What matters of the live object before it is changed: who wrote it is told even where what it says cannot be read. */
export function readLiveAuthorizationPolicy(raw: Readonly<Record<string, unknown>>): Live {
  const whole: Parsed<PolicyObjectState<AuthorizationPolicySpec | undefined>> = parseAuthorizationPolicy(raw);
  const parsed = 'value' in whole ? whole : parsePolicyObject({ ...raw, spec: {} }, () => undefined);
  if ('problem' in parsed) return { spec: undefined, fieldOwners: [] };
  const { spec, fieldOwners, change, gitOps } = parsed.value;
  return { spec, fieldOwners, ...(change && { change }), ...(gitOps !== undefined && { gitOps }) };
}
