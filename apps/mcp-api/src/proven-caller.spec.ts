import { describe, expect, it } from '@jest/globals';
import { provenCaller } from './proven-caller.js';

const identity = 'web.shop.serviceaccount.identity.linkerd.cluster.local';
const tokens = {
  authenticate: async (authorization: string | undefined) =>
    ({ name: `who sent ${authorization ?? 'nothing'}`, provenBy: 'kubernetes' }) as const,
};

const callerOf = (sent: { readonly token?: string; readonly identities?: readonly string[] }) => {
  const headers: Record<string, readonly string[]> = {
    'l5d-client-id': sent.identities ?? [],
    authorization: sent.token === undefined ? [] : [sent.token],
  };
  return provenCaller({ get: (name) => headers[name] ?? [] }, tokens, 'linkerd.cluster.local');
};

describe('the caller', () => {
  it('is whom the mesh proved', async () => {
    expect(await callerOf({ identities: [identity] })).toEqual({
      name: 'system:serviceaccount:shop:web',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
      provenBy: 'mesh',
    });
  });

  it('is whose token it is, where the mesh proved nobody', async () => {
    expect(await callerOf({ token: 'abc' })).toMatchObject({ name: 'who sent abc' });
    expect(await callerOf({})).toMatchObject({ name: 'who sent nothing' });
  });

  it('is never whom a header names, where the mesh is not asked', async () => {
    const headers = { get: (name: string) => (name === 'l5d-client-id' ? [identity] : []) };
    expect(await provenCaller(headers, tokens, undefined)).toMatchObject({ name: 'who sent nothing' });
  });

  it.each([
    ['two names', { token: 'abc', identities: [identity] }, 'two names; leave the token out'],
    ['two identities', { identities: [identity, identity] }, 'more than one identity of the mesh'],
    [
      'an identity of elsewhere',
      { identities: [identity.replace('cluster.local', 'other.example')] },
      'not that of a service account of this mesh; take the port for tokens',
    ],
  ])('is refused with %s', async (_what, sent, why) => {
    await expect(callerOf(sent)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(why),
    });
  });
});
