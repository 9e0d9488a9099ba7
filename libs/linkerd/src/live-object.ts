import type { DesiredPresence, ManagedKind } from '@mcp/events';
import type { PolicyObjectState } from '@mcp/mesh';
import { managedObjects, type ManagedSpec, type ManagedState } from './managed-objects.js';
import type { Parsed } from './parse/parsed.js';
import { parsePolicyObject } from './parse/policy-object.js';
import { unmodelledFields } from './unmodelled-fields.js';

type Live = Pick<PolicyObjectState<unknown>, 'fieldOwners' | 'change' | 'gitOps' | 'unmodelled'> & {
  /** Undefined where it cannot be read. */
  readonly spec: ManagedSpec | undefined;
};

/** What matters of the live object before it is changed: who wrote it is told even where what it says cannot be read. */
export function readLiveObject(kind: ManagedKind, raw: Readonly<Record<string, unknown>>): Live {
  const whole: Parsed<ManagedState | PolicyObjectState<undefined>> = managedObjects(kind).parse(raw);
  const parsed = 'value' in whole ? whole : parsePolicyObject({ ...raw, spec: {} }, () => undefined);
  if ('problem' in parsed) return { spec: undefined, fieldOwners: [] };
  const { spec, unmodelled, fieldOwners, change, gitOps } = parsed.value;
  return {
    spec,
    ...(unmodelled && { unmodelled }),
    fieldOwners,
    ...(change && { change }),
    ...(gitOps !== undefined && { gitOps }),
  };
}

/** The fields, in order, in which an object that the API server answers with is not what we write of the desired one. */
export function fieldsNotAsWritten(
  { key, spec }: Pick<DesiredPresence, 'key' | 'spec'>,
  raw: Readonly<Record<string, unknown>>,
): readonly string[] {
  const written = managedObjects(key.kind).render(spec);
  const kept = raw['spec'];
  return [...new Set([...unmodelledFields(kept, written), ...unmodelledFields(written, kept)])].sort();
}
