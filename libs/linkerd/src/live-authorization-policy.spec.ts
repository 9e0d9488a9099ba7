import { describe, expect, it } from '@jest/globals';
import { readLiveAuthorizationPolicy } from './live-authorization-policy.js';
import { rawObject } from '../test/raw-object.js';

const metadata = {
  annotations: { 'mcp.linkerd-mcp.dev/change-id': 'c1', 'mcp.linkerd-mcp.dev/revision': '3' },
  labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' },
};
const mark = { fieldOwners: [], change: { id: 'c1', revision: 3 }, gitOps: 'Flux' };

describe('a live AuthorizationPolicy', () => {
  it('says what it is and who wrote it', () => {
    const spec = { targetRef: { kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] };
    expect(readLiveAuthorizationPolicy(rawObject({ metadata, spec }))).toEqual({
      ...mark,
      spec: { ...spec, targetRef: { group: '', ...spec.targetRef } },
    });
  });

  it('says who wrote it even where its spec cannot be read', () => {
    expect(readLiveAuthorizationPolicy(rawObject({ metadata, spec: 'none' }))).toEqual({
      ...mark,
      spec: undefined,
    });
  });

  it('says nothing where nothing can be read', () => {
    expect(readLiveAuthorizationPolicy({})).toEqual({ spec: undefined, fieldOwners: [] });
  });
});
