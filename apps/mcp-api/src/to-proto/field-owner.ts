import type { FieldOwner } from '@mcp/mesh';

/** Who wrote a field: of several, the last. A manager owns a field with what is in it, or around it where that is all that it says. */
export function ownerOf(path: string, owners: readonly FieldOwner[]): FieldOwner | undefined {
  return owners
    .filter(({ paths }) => paths.some((owned) => isWithin(owned, path) || isWithin(path, owned)))
    .reduce<FieldOwner | undefined>(
      (last, owner) => (last === undefined || (owner.at ?? 0) > (last.at ?? 0) ? owner : last),
      undefined,
    );
}

/** `spec.rules[0]` is within `spec.rules` and within `spec`. */
function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}
