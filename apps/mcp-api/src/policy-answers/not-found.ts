import { CallRefused, type RefusalCode } from '@mcp/grpc';
import type { MeshView } from '@mcp/policy';
import type { ResourceKind } from '@mcp/mesh';

/** What a question names and the mesh does not have. */
export interface Missing {
  readonly code: RefusalCode;
  /** Where the request names it. */
  readonly field: string;
  readonly what: string;
  /** Kinds that say whether it is there. While one of them is not live, it may be. */
  readonly kinds: readonly ResourceKind[];
  /** The names that there are instead. */
  readonly others: Iterable<string>;
  /** What to say instead of that there is none. */
  readonly instead?: string;
}

/** NOT_FOUND that names what is there under names like it; SOURCE_NOT_LIVE where it may be there. */
export function notFound(
  view: MeshView,
  { code, field, what, kinds, others, instead }: Missing,
): CallRefused {
  const unsure = kinds.find((kind) => view.notLive.has(kind));
  if (unsure !== undefined)
    return new CallRefused(
      'SOURCE_NOT_LIVE',
      `whether there is ${what} is not known: ${unsure}: ${view.notLive.get(unsure) ?? ''}`,
      { facts: { subject: unsure } },
    );
  const near = nearest(what.slice(what.lastIndexOf(' ') + 1), others);
  const description = `${instead ?? `there is no ${what}`}${near.length === 0 ? '' : `; there is ${near.join(', ')}`}`;
  return new CallRefused(code, description, { violations: [{ field, description }] });
}

const mostNamed = 5;

/** Those that begin most like the name that was asked for, apart from their namespace and kind. */
function nearest(asked: string, names: Iterable<string>): readonly string[] {
  return [...new Set(names)]
    .map((name) => ({ name, alike: alikeLetters(lastPart(asked), lastPart(name)) }))
    .sort((a, b) => b.alike - a.alike || (a.name < b.name ? -1 : 1))
    .slice(0, mostNamed)
    .map(({ name }) => name);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function alikeLetters(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
