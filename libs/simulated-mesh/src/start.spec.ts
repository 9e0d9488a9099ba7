import { afterEach, describe, expect, it } from '@jest/globals';
import type { SimulatedMesh } from './start.js';
import { startSimulatedMesh } from './start.js';

const started: SimulatedMesh[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((mesh) => mesh.close()));
});

async function start(seed: string, paceMs: number, port = 0): Promise<SimulatedMesh> {
  const mesh = await startSimulatedMesh({ port, host: '127.0.0.1', seed, paceMs });
  started.push(mesh);
  return mesh;
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
}
const pods = async ({ url }: SimulatedMesh) => (await (await fetch(`${url}/api/v1/pods`)).json()) as List;
const uids = async (mesh: SimulatedMesh) => (await pods(mesh)).items.map(({ metadata }) => metadata.uid);

describe('a simulated mesh', () => {
  it('is at the address that its kubeconfig names', async () => {
    const mesh = await start('a', 0);
    const kubeconfig = JSON.parse(mesh.kubeconfig) as { clusters: { cluster: { server: string } }[] };
    expect(kubeconfig.clusters[0]?.cluster.server).toBe(mesh.url);
    expect((await pods(mesh)).items.length).toBeGreaterThan(20);
  });

  it('is the same mesh when started again, at later versions', async () => {
    const first = await start('a', 0);
    const { resourceVersion } = (await pods(first)).metadata;
    const before = await uids(first);
    await first.close();
    // as long as the first run had to live for all of its versions
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await start('a', 0);
    expect(await uids(second)).toEqual(before);
    const watch = await fetch(`${second.url}/api/v1/pods?watch=true&resourceVersion=${resourceVersion}`);
    expect(watch.status).toBe(410);
    expect(await uids(await start('b', 0))).not.toEqual(before);
  });

  it('lives at its pace, and is still without one', async () => {
    const still = await start('a', 0);
    const lively = await start('a', 10);
    const before = await Promise.all([pods(still), pods(lively)]);
    while ((await pods(lively)).metadata.resourceVersion === before[1].metadata.resourceVersion);
    expect(await pods(still)).toEqual(before[0]);
  });

  it('gives a second life of the same name another uid', async () => {
    const mesh = await start('a', 0);
    const path = `${mesh.url}/api/v1/namespaces`;
    const lives: unknown[] = [];
    for (let life = 0; life < 2; life++) {
      const made = await fetch(path, {
        method: 'POST',
        body: JSON.stringify({ metadata: { name: 'mine' } }),
      });
      lives.push(((await made.json()) as List['items'][number]).metadata.uid);
      await fetch(`${path}/mine`, { method: 'DELETE' });
    }
    expect(new Set(lives).size).toBe(2);
  });

  it('closes with watches open, which end', async () => {
    const mesh = await start('a', 10);
    const watch = await fetch(`${mesh.url}/api/v1/pods?watch=true`);
    await mesh.close();
    await expect(watch.text()).rejects.toMatchObject({ name: 'TypeError' });
    await expect(fetch(mesh.url)).rejects.toMatchObject({ name: 'TypeError' });
  });

  it('says so when the port is taken', async () => {
    const mesh = await start('a', 0);
    await expect(start('a', 0, Number(new URL(mesh.url).port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
