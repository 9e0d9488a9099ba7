import { DiffKind, type EntityChange as ProtoEntityChange, type FieldChange } from '@mcp/contracts';
import { isManaged, type DesiredState } from '@mcp/events';
import { entityOf, type EntityChange, type GraphEntityOf } from '@mcp/graph';
import { ownerOf } from './field-owner.js';
import { manifestFields } from './manifest-fields.js';

const kinds: Readonly<Record<EntityChange['what'], DiffKind>> = {
  added: DiffKind.DIFF_KIND_ADDED,
  removed: DiffKind.DIFF_KIND_REMOVED,
  changed: DiffKind.DIFF_KIND_CHANGED,
};

export function entityChangeToProto(change: EntityChange): ProtoEntityChange {
  const entity = entityOf(change);
  const { key, kind } = entity;
  return {
    ...{ key, kind, what: kinds[change.what] },
    fields: change.what === 'changed' ? fieldsOf(change) : [],
    changeId: entity.kind === 'PolicyObject' ? (entity.value.change?.id ?? '') : '',
  };
}

function fieldsOf({ before, after, fields }: Extract<EntityChange, { what: 'changed' }>): FieldChange[] {
  const plain = fields.map(({ path, ...field }) => ({
    ...{ path, before: json(field.before), after: json(field.after) },
    ...{ manager: '', at: undefined },
  }));
  if (before.kind !== 'PolicyObject' || after.kind !== 'PolicyObject') return plain;
  const others = plain.filter(({ path }) => !/^spec(\.|$)/.test(path));
  return [...others, ...specFields(before, after)];
}

/** As manifests name them, with who wrote them. */
function specFields(
  { value: before }: GraphEntityOf<'PolicyObject'>,
  { value: after }: GraphEntityOf<'PolicyObject'>,
): FieldChange[] {
  const { kind, namespace, name } = after;
  if (!isManaged(kind)) return [];
  // each spec is of the kind of its object
  const [was, is] = [before.spec, after.spec] as [DesiredState['spec'], DesiredState['spec']];
  return manifestFields({ kind, namespace, name }, was, is).map((field) => {
    const owner = ownerOf(field.path, after.fieldOwners);
    const at = owner?.at === undefined ? undefined : new Date(owner.at);
    return { ...field, manager: owner?.manager ?? '', at };
  });
}

function json(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
