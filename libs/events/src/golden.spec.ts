import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { desiredSamples, samples } from '../test/samples.js';
import type { EventType } from './catalog.js';
import type { WrittenEvent } from './upcast.js';
import { upcast, versionOfType } from './upcast.js';

const folder = fileURLToPath(new URL('../golden/', import.meta.url));
const files = (): string[] => readdirSync(folder).filter((name) => name !== 'released.json');
const read = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');

/** What was released: a golden file of it never changes, since logs hold events like it. */
interface Release {
  readonly release: string;
  /** By file. */
  readonly sha256: Readonly<Record<string, string>>;
}

/** The released golden files that are not what they were. */
function changedSince(releases: readonly Release[], content: (file: string) => string): string[] {
  return releases.flatMap(({ release, sha256 }) =>
    Object.entries(sha256)
      .filter(([file, hash]) => createHash('sha256').update(content(file)).digest('hex') !== hash)
      .map(([file]) => `${file} of ${release}`),
  );
}

function goldenOf(type: EventType, variant?: string): string {
  return [type, `v${versionOfType(type)}`, ...(variant === undefined ? [] : [variant]), 'json'].join('.');
}

function sampleOf(type: EventType, data: unknown = samples.get(type)): WrittenEvent {
  return {
    id: '01K5H3ZT7Q',
    type,
    version: versionOfType(type),
    occurredAt: 1_760_000_002_000,
    actor: { name: 'collector', provenBy: 'component' },
    data,
    reason: 'because',
    causation: 'request-1',
    correlation: 'change-2',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    resourceVersion: '4711',
    subject: `subject/of/${type}`,
    subjectVersion: 2,
    recordedAt: 1_760_000_003_000,
    position: { log: 'a-log', sequence: 7, digest: '0123456789abcdef' },
  };
}

/** What is written now, by golden file. */
const written: ReadonlyMap<string, WrittenEvent> = new Map([
  ...[...samples.keys()].map((type) => [goldenOf(type), sampleOf(type)] as const),
  ...desiredSamples.map(([type, kind, data]) => [goldenOf(type, kind), sampleOf(type, data)] as const),
]);

if (process.env['GOLDEN_UPDATE'] === '1')
  for (const [file, sample] of written)
    writeFileSync(`${folder}${file}`, `${JSON.stringify(sample, undefined, 2)}\n`);

describe('a golden event', () => {
  it.each([...written])('%s, of the version that is written now, is what is written now', (file, sample) => {
    expect(JSON.parse(read(file))).toEqual(sample);
  });

  it.each(files())(
    '%s is read, brought to the present version, and writes and reads the same again',
    (file) => {
      const golden = JSON.parse(read(file)) as WrittenEvent;
      expect(file.startsWith(`${golden.type}.v${golden.version}.`)).toBe(true);
      const event = upcast(golden);
      expect(event.version).toBe(versionOfType(event.type));
      expect(upcast(JSON.parse(JSON.stringify(event)) as WrittenEvent)).toEqual(event);
    },
  );

  it('is there for every version of every type, and for nothing else', () => {
    const wanted = [...samples.keys()].flatMap((type) =>
      Array.from({ length: versionOfType(type) }, (_, index) => `${type}.v${index + 1}.json`),
    );
    expect(files().sort()).toEqual([...new Set([...wanted, ...written.keys()])].sort());
  });

  it('that was released has not changed', () => {
    expect(changedSince(JSON.parse(read('released.json')) as Release[], read)).toEqual([]);
  });

  it('that was released and changes is found out', () => {
    const file = 'PodObserved.v1.json';
    const hash = createHash('sha256').update(read(file)).digest('hex');
    const releases = [{ release: 'v1.0.0', sha256: { [file]: hash } }];
    expect(changedSince(releases, read)).toEqual([]);
    expect(changedSince(releases, (name) => `${read(name)} `)).toEqual(['PodObserved.v1.json of v1.0.0']);
  });
});
