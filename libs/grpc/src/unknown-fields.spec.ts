import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import { ApplyAuthorizationPolicyRequest } from '@mcp/contracts';
import { descriptors } from './descriptors.js';
import { findUnknownField } from './unknown-fields.js';

const schema = descriptors.getMessage('mcp.v1.ApplyAuthorizationPolicyRequest')!;

const request = ApplyAuthorizationPolicyRequest.encode({
  namespace: 'shop',
  name: 'web',
  jsonSpec: '',
  spec: {
    targetRef: { group: '', kind: 'Server', name: 'web', namespace: '' },
    requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'a', namespace: '' }],
  },
  expectedRevision: 1,
  idempotencyKey: 'k',
  dryRun: true,
  reason: 'because',
  acceptImpact: [],
}).finish();

/** The request with a field number 99 appended, wrapped in the given length-delimited fields. */
function withUnknown(...path: readonly number[]): Uint8Array {
  const writer = new BinaryWriter().raw(request);
  for (const field of path) writer.uint32((field << 3) | 2).fork();
  writer.uint32((99 << 3) | 0).uint32(1);
  for (const _ of path) writer.join();
  return writer.finish();
}

describe('a field that the schema does not have', () => {
  it('is not found where there is none', () => {
    expect(findUnknownField(schema, request)).toBeUndefined();
  });

  it('is found in the request itself', () => {
    expect(findUnknownField(schema, withUnknown())).toBe('#99');
  });

  it('is found in a message within', () => {
    expect(findUnknownField(schema, withUnknown(4, 1))).toBe('spec.target_ref.#99');
  });

  it('is found in an item of a list', () => {
    expect(findUnknownField(schema, withUnknown(4, 2))).toBe('spec.required_authentication_refs.#99');
  });
});
