import { describe, expect, it } from '@jest/globals';
import type { KubernetesObject } from './kubernetes-object.js';
import type { StoredChange } from './object-store.js';
import { ObjectStore } from './object-store.js';
import { resources } from './resource-type.js';

function pod(namespace: string, name: string, value = ''): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid: name, resourceVersion: '', creationTimestamp: '' },
    value,
  };
}

const storeOf = (historyLimit = 10) => new ObjectStore({ firstResourceVersion: 100, historyLimit });
const told = (changes: readonly StoredChange[] | undefined) =>
  changes?.map(({ type, object, resourceVersion }) => `${type} ${object.metadata.name} ${resourceVersion}`);
const names = (objects: readonly KubernetesObject[] | undefined) =>
  objects?.map(({ metadata, value }) => `${metadata.namespace}/${metadata.name}${String(value)}`);

describe('the object store', () => {
  it('gives every write of any type the next resource version', () => {
    const store = storeOf();
    expect(store.put(resources.Pod, pod('a', 'x')).metadata.resourceVersion).toBe('101');
    expect(store.put(resources.Service, pod('a', 'x')).metadata.resourceVersion).toBe('102');
    expect(store.delete(resources.Pod, 'a', 'x')?.metadata.resourceVersion).toBe('103');
    expect(store.resourceVersion).toBe(103);
    expect(store.delete(resources.Pod, 'a', 'x')).toBeUndefined();
    expect(store.resourceVersion).toBe(103);
  });

  it('tells all changes after a version, oldest first', () => {
    const store = storeOf();
    store.put(resources.Pod, pod('a', 'x'));
    store.put(resources.Pod, pod('a', 'x', '2'));
    store.delete(resources.Pod, 'a', 'x');
    expect(told(store.changesAfter(100))).toEqual(['ADDED x 101', 'MODIFIED x 102', 'DELETED x 103']);
    expect(told(store.changesAfter(102))).toEqual(['DELETED x 103']);
    expect(store.changesAfter(103)).toEqual([]);
  });

  it('keeps as many changes as its limit says, and says of older ones that they are gone', () => {
    const store = storeOf(3);
    for (const name of ['a', 'b', 'c', 'd', 'e']) store.put(resources.Pod, pod('n', name));
    expect(told(store.changesAfter(102))).toEqual(['ADDED c 103', 'ADDED d 104', 'ADDED e 105']);
    expect(store.changesAfter(101)).toBeUndefined();
  });

  it('knows nothing of the past after a compaction, and all that follows', () => {
    const store = storeOf();
    store.put(resources.Pod, pod('n', 'a'));
    store.compact();
    expect(store.changesAfter(100)).toBeUndefined();
    expect(store.changesAfter(101)).toEqual([]);
    store.put(resources.Pod, pod('n', 'b'));
    expect(told(store.changesAfter(101))).toEqual(['ADDED b 102']);
  });

  it('lists by namespace and name', () => {
    const store = storeOf();
    for (const [namespace, name] of [
      ['b', 'x'],
      ['a', 'z'],
      ['a', 'y'],
    ] as const) {
      store.put(resources.Pod, pod(namespace, name));
    }
    expect(names(store.list(resources.Pod))).toEqual(['a/y', 'a/z', 'b/x']);
    expect(names(store.list(resources.Pod, 'b'))).toEqual(['b/x']);
    expect(store.list(resources.Service)).toEqual([]);
  });

  it('lists what was there at an earlier version', () => {
    const store = storeOf(4);
    store.put(resources.Pod, pod('n', 'kept', '1'));
    store.put(resources.Pod, pod('n', 'gone'));
    store.put(resources.Pod, pod('n', 'kept', '2'));
    store.delete(resources.Pod, 'n', 'gone');
    store.put(resources.Pod, pod('n', 'new'));
    expect(names(store.listAt(resources.Pod, undefined, 102))).toEqual(['n/gone', 'n/kept1']);
    expect(names(store.listAt(resources.Pod, undefined, 105))).toEqual(['n/kept2', 'n/new']);
    expect(store.listAt(resources.Pod, undefined, 100)).toBeUndefined();
  });

  it('tells listeners each change once it is in the store, until they leave', () => {
    const store = storeOf();
    const seen: unknown[] = [];
    const leave = store.subscribe(({ object }) =>
      seen.push(store.get(resources.Pod, 'n', object.metadata.name)),
    );
    const stored = store.put(resources.Pod, pod('n', 'a'));
    leave();
    store.put(resources.Pod, pod('n', 'b'));
    expect(seen).toEqual([stored]);
  });
});
