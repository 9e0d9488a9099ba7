import { describe, expect, it } from '@jest/globals';
import { applyFields, ownersAfterUpdate } from './apply.js';
import { fromFieldsV1 } from './field-set.js';
import type { JsonObject, ManagedFieldsEntry } from './kubernetes-object.js';
import type { Writer } from './managed-fields.js';

const writer = (manager: string, operation: Writer['operation'] = 'Apply'): Writer => ({
  manager,
  operation,
  apiVersion: 'v1',
});

interface State {
  readonly object: JsonObject;
  readonly managedFields: readonly ManagedFieldsEntry[];
}

const nothing: State = { object: {}, managedFields: [] };

function apply(state: State, manager: string, config: JsonObject, force = false, time = 't1') {
  const { object: live, managedFields } = state;
  return applyFields({ live, managedFields, config, writer: writer(manager), force, time });
}

/** Applies what must not conflict. */
function applied(state: State, manager: string, config: JsonObject, force = false): State {
  const answer = apply(state, manager, config, force);
  if ('conflicts' in answer) throw new Error(JSON.stringify(answer));
  return answer;
}

function updated(state: State, manager: string, next: JsonObject): State {
  const { object: live, managedFields } = state;
  const entries = ownersAfterUpdate({
    live,
    managedFields,
    next,
    writer: writer(manager, 'Update'),
    time: 't2',
  });
  return { object: next, managedFields: entries };
}

const owners = ({ managedFields }: State) =>
  Object.fromEntries(
    managedFields.map(({ manager, operation, fieldsV1 }) => [
      `${manager} ${operation}`,
      [...fromFieldsV1(fieldsV1)].sort(),
    ]),
  );

describe('server-side apply', () => {
  it('makes the applier the owner of every leaf that it applies, lists as a whole', () => {
    const state = applied(nothing, 'a', {
      apiVersion: 'v1',
      kind: 'Thing',
      metadata: { name: 'x', labels: { 'app/name': 'web' } },
      spec: { port: 80, list: [{ a: 1 }, { a: 2 }], empty: {} },
    });
    expect(state).toEqual({
      object: {
        metadata: { labels: { 'app/name': 'web' } },
        spec: { port: 80, list: [{ a: 1 }, { a: 2 }], empty: {} },
      },
      managedFields: [
        {
          manager: 'a',
          operation: 'Apply',
          apiVersion: 'v1',
          time: 't1',
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:metadata': { 'f:labels': { 'f:app/name': {} } },
            'f:spec': { 'f:port': {}, 'f:list': {}, 'f:empty': {} },
          },
        },
      ],
    });
  });

  it('refuses to change what another manager owns, naming manager and field', () => {
    const state = applied(nothing, 'a', { spec: { port: 80, list: [1] } });
    expect(apply(state, 'b', { spec: { port: 81, list: [2], other: 1 } })).toEqual({
      conflicts: [
        { manager: 'a', operation: 'Apply', apiVersion: 'v1', field: '.spec.list' },
        { manager: 'a', operation: 'Apply', apiVersion: 'v1', field: '.spec.port' },
      ],
    });
  });

  it('conflicts with its own earlier update too: the same name under another operation is another owner', () => {
    const state = updated(nothing, 'a', { spec: { port: 80 } });
    expect(apply(state, 'a', { spec: { port: 81 } })).toEqual({
      conflicts: [{ manager: 'a', operation: 'Update', apiVersion: 'v1', field: '.spec.port' }],
    });
  });

  it('moves ownership of what it changes when forced, and of nothing else', () => {
    const before = applied(nothing, 'a', { spec: { port: 80, name: 'x' } });
    const state = applied(before, 'b', { spec: { port: 81 } }, true);
    expect(state.object).toEqual({ spec: { port: 81, name: 'x' } });
    expect(owners(state)).toEqual({ 'a Apply': ['/spec/name'], 'b Apply': ['/spec/port'] });
  });

  it('shares a field when both apply the same value, and keeps it until the last owner lets go', () => {
    const one = applied(nothing, 'a', { spec: { port: 80, name: 'x' } });
    const both = applied(one, 'b', { spec: { port: 80 } });
    expect(owners(both)).toEqual({ 'a Apply': ['/spec/name', '/spec/port'], 'b Apply': ['/spec/port'] });
    const left = applied(both, 'a', { spec: { name: 'x' } });
    expect(left.object).toEqual({ spec: { port: 80, name: 'x' } });
    const gone = applied(left, 'b', { metadata: { labels: { b: 'b' } } });
    expect(gone.object).toEqual({ spec: { name: 'x' }, metadata: { labels: { b: 'b' } } });
  });

  it('removes what it applied before and applies no more, with the objects that are empty then', () => {
    const before = applied(nothing, 'a', {
      metadata: { labels: { a: '1', b: '2' } },
      spec: { deep: { port: 80 } },
    });
    const state = applied(before, 'a', { metadata: { labels: { a: '1' } } });
    expect(state.object).toEqual({ metadata: { labels: { a: '1' } }, spec: {} });
    expect(owners(state)).toEqual({ 'a Apply': ['/metadata/labels/a'] });
  });

  it('leaves what an update wrote beside it alone', () => {
    const before = updated(applied(nothing, 'a', { spec: { port: 80 } }), 'b', {
      spec: { port: 80, extra: true },
    });
    const state = applied(before, 'a', { spec: { port: 81 } });
    expect(state.object).toEqual({ spec: { port: 81, extra: true } });
    expect(owners(state)).toEqual({ 'a Apply': ['/spec/port'], 'b Update': ['/spec/extra'] });
  });
});

describe('ownership after an update', () => {
  const before = applied(nothing, 'a', { spec: { port: 80, name: 'x', gone: 1 } });

  it('gives the writer what it changed or added, takes it from the others, and drops what is gone', () => {
    const state = updated(before, 'b', { spec: { port: 81, name: 'x', more: 1 } });
    expect(owners(state)).toEqual({ 'a Apply': ['/spec/name'], 'b Update': ['/spec/more', '/spec/port'] });
  });

  it('keeps what the writer owned before and did not change now', () => {
    const once = updated(before, 'b', { spec: { port: 81, name: 'x', gone: 1 } });
    const twice = updated(once, 'b', { spec: { port: 81, name: 'y', gone: 1 } });
    expect(owners(twice)).toEqual({ 'a Apply': ['/spec/gone'], 'b Update': ['/spec/name', '/spec/port'] });
  });

  it('changes nothing where nothing changed', () => {
    expect(updated(before, 'b', before.object).managedFields).toEqual(before.managedFields);
  });
});
