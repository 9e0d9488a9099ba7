import { describe, expect, it } from '@jest/globals';
import { readManifestInputs } from '@mcp/manifests';
import { applicableObjects } from './applicable.js';

async function applicable(metadata: string, kind = 'gateway.networking.k8s.io/v1, kind: HTTPRoute') {
  const text = `{apiVersion: ${kind}, metadata: ${metadata}, spec: {}}`;
  return applicableObjects(await readManifestInputs([{ name: 'a.yaml', text }]));
}

describe('what is applied of manifests', () => {
  it('is named as the API names it, and is sent without what an API server adds', async () => {
    const [route] = await applicable('{name: web, namespace: shop, uid: u}');
    expect([route?.object, JSON.parse(route?.yaml ?? '')]).toEqual([
      'GatewayHTTPRoute shop/web',
      expect.objectContaining({ metadata: { name: 'web', namespace: 'shop' } }),
    ]);
  });

  it.each([
    [
      'an object that says no namespace',
      '{name: web}',
      undefined,
      'HTTPRoute web: metadata.namespace is required',
    ],
    [
      'an object of another kind',
      '{name: web, namespace: shop}',
      'v1, kind: Pod',
      'Pod of v1 cannot be changed',
    ],
  ])('is nothing where there is %s', async (_what, metadata, kind, told) => {
    await expect(applicable(metadata, kind)).rejects.toThrow(told);
  });
});
