import { parseTraceparent, type ResourceKey } from '@mcp/mesh';
import type { ObservedObject } from '@mcp/sources';
import type { Field } from './parse/field.js';
import { read } from './parse/field.js';
import { timeMs } from './parse/metadata.js';
import { traceparentAnnotation } from './names.js';
import type { WatchedKind } from './watched-kinds.js';

/** What was seen of one object of the API server. Never throws: what cannot be read carries its problem. */
export function observe(watched: WatchedKind, raw: unknown): ObservedObject {
  const parsed = watched.parse(raw);
  const seen = {
    key: keyOf(watched, raw),
    resourceVersion: textAt(raw, 'resourceVersion'),
    ...lastWritten(raw),
  };
  if ('problem' in parsed) {
    return {
      kind: watched.kind,
      ...seen,
      uid: textAt(raw, 'uid'),
      createdAt: createdAt(raw),
      problem: parsed.problem,
    };
  }
  return { ...seen, ...parsed.value, ...('change' in parsed.value.state && traceOf(raw)) };
}

/** The key that `keyOfObject` makes of the state, for an object that may have none. */
function keyOf({ kind, objectKind }: WatchedKind, raw: unknown): ResourceKey {
  const name = textAt(raw, 'name');
  return {
    kind,
    namespace: textAt(raw, 'namespace'),
    name: kind === 'Controller' ? `${objectKind}.${name}` : name,
  };
}

/** When the object was last written, where its managed fields tell. */
function lastWritten(raw: unknown): { occurredAt?: number } {
  const times = attempt(raw, (object) =>
    object
      .at('metadata')
      .at('managedFields')
      .list((entry) => entry.at('time').optional(timeMs) ?? 0),
  );
  const latest = Math.max(0, ...(times ?? []));
  return latest > 0 ? { occurredAt: latest } : {};
}

/** Anyone may write the annotation: what is no trace context is passed over. */
function traceOf(raw: unknown): { traceparent?: string } {
  const traceparent = attempt(raw, (object) => object.at('metadata').at('annotations').labels())?.[
    traceparentAnnotation
  ];
  return traceparent !== undefined && parseTraceparent(traceparent) !== undefined ? { traceparent } : {};
}

function createdAt(raw: unknown): number {
  return attempt(raw, (object) => timeMs(object.at('metadata').at('creationTimestamp'))) ?? 0;
}

function textAt(raw: unknown, name: 'name' | 'namespace' | 'uid' | 'resourceVersion'): string {
  return attempt(raw, (object) => object.at('metadata').at(name).string()) ?? '';
}

function attempt<T>(raw: unknown, reader: (object: Field) => T): T | undefined {
  const parsed = read(raw, reader);
  return 'value' in parsed ? parsed.value : undefined;
}
