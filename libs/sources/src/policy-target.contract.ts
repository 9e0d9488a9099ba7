import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DesiredPresence, DesiredState } from '@mcp/events';
import { managedSpecs, type SpecPair } from '../test/managed-specs.js';
import type { PolicyApply, PolicyTarget } from './policy-target.js';

type Key = DesiredState['key'];

/** A target and the world behind it, in which others act too. */
export interface PolicyTargetHarness {
  readonly target: PolicyTarget;
  /** Exists, and has no objects of the managed kinds. */
  readonly namespace: string;
  /** Does not exist. */
  readonly missingNamespace: string;
  /** Writes the object's spec as a person would, with this field manager and without server-side apply. */
  put(key: Key, spec: DesiredPresence['spec'], manager: string): Promise<void>;
  remove(key: Key): Promise<void>;
  close(): Promise<void>;
}

/** What every policy target must do, with objects of each kind. */
export function policyTargetContract(name: string, open: () => Promise<PolicyTargetHarness>): void {
  describe(`${name} as a policy target`, () => {
    let world: PolicyTargetHarness;

    beforeAll(async () => {
      world = await open();
    });
    afterAll(async () => {
      await world.close();
    });

    for (const pair of managedSpecs)
      describe(`of a ${pair.kind}`, () => contractOf(pair.kind, pair, () => world));
  });
}

const versionOf = (seen: object | undefined): bigint =>
  BigInt(seen !== undefined && 'resourceVersion' in seen ? String(seen.resourceVersion) : -1);

/** The object is at the version that was answered, or at a later one: controllers write the status of some kinds. */
function expectModified(answer: object, live: { readonly uid: string } | undefined): void {
  expect(answer).toEqual({
    answer: 'applied',
    uid: live?.uid,
    resourceVersion: expect.stringMatching(/^[1-9]\d*$/),
    modified: true,
  });
  expect(versionOf(live)).toBeGreaterThanOrEqual(versionOf(answer));
}

function contractOf(
  kind: Key['kind'],
  { one, other, field }: SpecPair,
  worldNow: () => PolicyTargetHarness,
): void {
  const signal = new AbortController().signal;
  let world: PolicyTargetHarness;
  let objects = 0;

  beforeAll(() => {
    world = worldNow();
  });

  const newKey = (): Key => ({ kind, namespace: world.namespace, name: `policy-${++objects}` });

  const applyOf = (
    key: Key,
    spec: DesiredPresence['spec'],
    revision: number,
    more: Partial<PolicyApply> = {},
  ): PolicyApply => ({
    desired: { changeId: `change-${revision}`, key, spec },
    revision,
    dryRun: false,
    ...more,
  });

  const liveOf = async (key: Key): Promise<{ readonly uid: string; readonly resourceVersion: string }> => {
    const live = await world.target.live(key, signal);
    if (live === undefined) throw new Error(`there is no ${key.name}`);
    return { uid: live.uid, resourceVersion: live.resourceVersion };
  };

  const created = async (): Promise<Key> => {
    const key = newKey();
    expect(await world.target.apply(applyOf(key, one, 1), signal)).toMatchObject({ answer: 'applied' });
    return key;
  };

  it('shows nothing where there is no object', async () => {
    expect(await world.target.live(newKey(), signal)).toBeUndefined();
  });

  it('creates the object, with the mark of the change, and owns its fields', async () => {
    const key = newKey();
    const answer = await world.target.apply(applyOf(key, one, 1), signal);
    const live = await world.target.live(key, signal);
    expectModified(answer, live);
    expect(live).toMatchObject({ spec: one, change: { id: 'change-1', revision: 1 } });
    expect(live?.fieldOwners.flatMap(({ paths }) => paths)).toContain(field);
    expect(live?.gitOps).toBeUndefined();
  });

  it('does not create over an object that is there', async () => {
    const key = await created();
    const before = await world.target.live(key, signal);
    expect(await world.target.apply(applyOf(key, other, 2), signal)).toEqual({ answer: 'stale' });
    expect(await world.target.live(key, signal)).toEqual(before);
  });

  it('updates the object at the version that was planned for', async () => {
    const key = await created();
    const planned = await liveOf(key);
    const answer = await world.target.apply(applyOf(key, other, 2, { live: planned }), signal);
    const live = await world.target.live(key, signal);
    expectModified(answer, live);
    expect(versionOf(answer)).toBeGreaterThan(versionOf(planned));
    expect(live).toMatchObject({ spec: other, change: { id: 'change-2', revision: 2 } });
  });

  it('does not touch an object that has changed since it was planned for', async () => {
    const key = await created();
    const planned = await liveOf(key);
    await world.put(key, other, 'kubectl-edit');
    expect(await world.target.apply(applyOf(key, one, 2, { live: planned }), signal)).toEqual({
      answer: 'stale',
    });
    expect(await world.target.live(key, signal)).toMatchObject({
      spec: other,
      change: { id: 'change-1', revision: 1 },
    });
  });

  it('does not bring back an object that was removed since it was planned for', async () => {
    const key = await created();
    const planned = await liveOf(key);
    const at = { live: planned };
    await world.remove(key);
    expect(await world.target.apply(applyOf(key, one, 2, at), signal)).toEqual({ answer: 'stale' });
    expect(await world.target.live(key, signal)).toBeUndefined();
  });

  it('says when there was nothing to modify', async () => {
    const key = await created();
    const before = await world.target.live(key, signal);
    const again = applyOf(key, one, 1, { live: await liveOf(key) });
    expect(await world.target.apply(again, signal)).toEqual({
      answer: 'applied',
      uid: before?.uid,
      resourceVersion: before?.resourceVersion,
      modified: false,
    });
  });

  it('does not take a field from another manager, and names both', async () => {
    const key = await created();
    await world.put(key, other, 'kubectl-edit');
    const before = await world.target.live(key, signal);
    const apply = applyOf(key, one, 2, { live: await liveOf(key) });
    expect(await world.target.apply(apply, signal)).toEqual({
      answer: 'conflict',
      conflicts: [{ manager: 'kubectl-edit', field }],
    });
    expect(await world.target.live(key, signal)).toEqual(before);
  });

  it('takes a field from its manager where that is said, and not of another version', async () => {
    const key = await created();
    await world.put(key, other, 'kubectl-edit');
    const live = await liveOf(key);
    const stale = applyOf(key, one, 2, { live: { ...live, resourceVersion: '1' }, force: true });
    expect(await world.target.apply(stale, signal)).toEqual({ answer: 'stale' });
    const apply = applyOf(key, one, 2, { live, force: true });
    expect(await world.target.apply(apply, signal)).toMatchObject({ answer: 'applied', modified: true });
    const after = await world.target.live(key, signal);
    expect(after).toMatchObject({ spec: one, change: { id: 'change-2' } });
    const owners = after?.fieldOwners.filter(({ paths }) => paths.includes(field));
    expect(owners?.map(({ manager }) => manager)).not.toContain('kubectl-edit');
  });

  it('shares a field with another manager who wants the same', async () => {
    const key = await created();
    await world.put(key, other, 'kubectl-edit');
    const apply = applyOf(key, other, 2, { live: await liveOf(key) });
    expect(await world.target.apply(apply, signal)).toMatchObject({ answer: 'applied' });
    expect(await world.target.live(key, signal)).toMatchObject({
      spec: other,
      change: { id: 'change-2', revision: 2 },
    });
  });

  it('creates nothing in a dry run', async () => {
    const key = newKey();
    expect(await world.target.apply(applyOf(key, one, 1, { dryRun: true }), signal)).toMatchObject({
      answer: 'applied',
    });
    expect(await world.target.live(key, signal)).toBeUndefined();
  });

  it('changes nothing in a dry run, and answers as it would', async () => {
    const key = await created();
    await world.put(key, other, 'kubectl-edit');
    const before = await world.target.live(key, signal);
    const at = { live: await liveOf(key), dryRun: true };
    expect(await world.target.apply(applyOf(key, other, 2, at), signal)).toMatchObject({
      answer: 'applied',
    });
    expect(await world.target.apply(applyOf(key, one, 2, at), signal)).toMatchObject({
      answer: 'conflict',
    });
    expect(
      await world.target.apply(
        applyOf(key, other, 2, { ...at, live: { ...at.live, resourceVersion: '1' } }),
        signal,
      ),
    ).toEqual({ answer: 'stale' });
    expect(await world.target.live(key, signal)).toEqual(before);
  });

  it('deletes the object that was planned for, and no other', async () => {
    const key = await created();
    const live = await liveOf(key);
    expect(await world.target.delete({ key, live, dryRun: true }, signal)).toEqual({
      answer: 'applied',
      ...live,
      modified: true,
    });
    expect(await world.target.live(key, signal)).toBeDefined();
    await world.put(key, other, 'kubectl-edit');
    expect(await world.target.delete({ key, live, dryRun: false }, signal)).toEqual({ answer: 'stale' });
    const changed = await liveOf(key);
    expect(
      await world.target.delete({ key, live: { ...changed, uid: 'another' }, dryRun: false }, signal),
    ).toEqual({ answer: 'stale' });
    expect(await world.target.live(key, signal)).toBeDefined();
    expect(await world.target.delete({ key, live: changed, dryRun: false }, signal)).toEqual({
      answer: 'applied',
      ...changed,
      modified: true,
    });
    expect(await world.target.live(key, signal)).toBeUndefined();
    expect(await world.target.delete({ key, live: changed, dryRun: false }, signal)).toEqual({
      answer: 'stale',
    });
  });

  it('is refused in a namespace that does not exist', async () => {
    const key: Key = { ...newKey(), namespace: world.missingNamespace };
    expect(await world.target.apply(applyOf(key, one, 1), signal)).toMatchObject({
      answer: 'rejected',
      status: 404,
    });
  });

  it('is refused for a name that no object can have', async () => {
    const key: Key = { ...newKey(), name: 'x'.repeat(300) };
    expect(await world.target.apply(applyOf(key, one, 1), signal)).toMatchObject({
      answer: 'rejected',
      status: 422,
    });
  });
}
