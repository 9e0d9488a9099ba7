import { describe, expect, it } from '@jest/globals';
import { samples } from '../test/samples.js';
import type { EventType } from './catalog.js';
import { eventSchemas } from './schema/events.js';
import type { Schema } from './schema/schema.js';
import { boolean, object, text } from './schema/schema.js';
import type { Upcasters, WrittenEvent } from './upcast.js';
import { upcast, upcastWith } from './upcast.js';

function written(type: string, data: unknown, version = 1): WrittenEvent {
  return {
    id: '1',
    type,
    version,
    occurredAt: 1,
    actor: { name: 'test', provenBy: 'none' },
    data,
    subject: 'subject',
    subjectVersion: 1,
    recordedAt: 1,
    position: { log: 'log', sequence: 7, digest: '' },
  };
}

describe('an event that is read', () => {
  it('of the present version is given as it is', () => {
    const event = written('DryRunPassed', { revision: 1 });
    expect(upcast(event)).toBe(event);
  });

  it('of an unknown type or a newer version stops the reader', () => {
    expect(() => upcast(written('MoonObserved', {}))).toThrow(
      'event 7 is a MoonObserved of version 1, which newer software wrote; upgrade this process before it reads this log (UNKNOWN_EVENT)',
    );
    expect(() => upcast(written('DryRunPassed', { revision: 1 }, 2))).toThrow('UNKNOWN_EVENT');
    expect(() => upcast(written('DryRunPassed', { revision: 1 }, 0))).toThrow('UNKNOWN_EVENT');
  });

  it('whose data is not what its type promises stops the reader, naming the field', () => {
    const pod = samples.get('PodObserved') as object;
    expect(() => upcast(written('PodObserved', { ...pod, ips: ['10.0.0.1', 7] }))).toThrow(
      'event 7, a PodObserved of version 1: data.ips.1 is not a text; ' +
        'the log was not written by this software alone (MALFORMED_EVENT)',
    );
    expect(() => upcast(written('DryRunPassed', undefined))).toThrow('data is not an object');
  });

  it('may carry what this software does not know yet', () => {
    const event = written('DryRunPassed', { revision: 1, since: 'later' });
    expect(upcast(event)).toEqual(event);
  });

  it('of an older version is brought to the present one, step by step', () => {
    const schemas = new Map<string, Schema<unknown>>([
      ['DryRunPassed', object<{ revision: string; passed: boolean }>({ revision: text, passed: boolean })],
    ]);
    const steps: Upcasters = {
      DryRunPassed: [
        (data) => ({ revision: String((data as { revision: number }).revision) }),
        (data) => ({ ...(data as object), passed: true }),
      ],
    };
    const read = upcastWith(schemas, steps);
    const present = { ...written('DryRunPassed', { revision: '1', passed: true }), version: 3 };
    expect(read(written('DryRunPassed', { revision: 1 }))).toEqual(present);
    expect(read(written('DryRunPassed', { revision: '1' }, 2))).toEqual(present);
    expect(read(present)).toBe(present);
    expect(() => read(written('DryRunPassed', {}, 4))).toThrow('UNKNOWN_EVENT');
  });
});

describe('the schema of an event', () => {
  const paths = [...samples].flatMap(([type, data]) => fieldsOf(data).map((path) => ({ type, path })));

  it.each([...samples.keys()])('%s takes what is written now', (type) => {
    expect(eventSchemas.get(type)?.fault(samples.get(type))).toBe(undefined);
  });

  it('refuses null in every field, but in the one that holds anything', () => {
    const letThrough = paths.filter(
      ({ type, path }) =>
        eventSchemas.get(type)?.fault(withValue(samples.get(type), path, null)) === undefined,
    );
    expect(paths.length).toBeGreaterThan(500);
    expect(letThrough.filter(({ path }) => !path.includes('detail'))).toEqual([]);
  });

  it('is there for exactly the types of the catalog', () => {
    expect([...eventSchemas.keys()].sort()).toEqual([...samples.keys()].sort() satisfies EventType[]);
  });
});

/** The paths of all fields in a value. */
function fieldsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, field]) => fieldsOf(field, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function withValue(value: unknown, [key, ...rest]: readonly string[], replaced: unknown): unknown {
  if (key === undefined) return replaced;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = withValue(copy[key], rest, replaced);
  return copy;
}
