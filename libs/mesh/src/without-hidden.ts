import { namespacesNamedIn } from './named-namespaces.js';
import type { VisibleNamespaces } from './visible-namespaces.js';

/** What stands where a name was; no object can be called so. */
export const hiddenName = '(hidden)';

/**
 * A plain JSON value without the names of what may not be seen: of a reference to another namespace only group, kind and numbers are
 * left, of an identity or an address of one nothing. The same object where it has none. Labels and other free text stay as written.
 */
export function withoutHidden<T>(value: T, visible: VisibleNamespaces): T {
  return stripped(value, '', visible) as T;
}

/** The path of a field: items of lists are named by their keys or values, which may be anything. */
export function withoutItems(path: string): string {
  return path.replace(/\[.*/su, `[${hiddenName}]`);
}

function stripped(value: unknown, field: string, visible: VisibleNamespaces): unknown {
  if (typeof value === 'string' && field === 'paths') return withoutItems(value);
  if (typeof value === 'string') return mayBeSeen(value, field, visible) ? value : hiddenName;
  if (Array.isArray(value)) {
    const items = value.map((item) => stripped(item, field, visible));
    return items.some((item, n) => item !== value[n]) ? items : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const hidden = !ofLabels.has(field) && namesHidden(value, visible);
  const after = entries.map(([key, part]): [string, unknown] => [
    key,
    hidden && typeof part === 'string' && !tellingNoName.has(key) ? hiddenName : stripped(part, key, visible),
  ]);
  return after.some(([, part], n) => part !== entries[n]?.[1]) ? Object.fromEntries(after) : value;
}

/** Of a reference to an object of a namespace, or to a namespace itself. */
function namesHidden(
  {
    namespace,
    kind,
    name,
  }: { readonly namespace?: unknown; readonly kind?: unknown; readonly name?: unknown },
  visible: VisibleNamespaces,
): boolean {
  const named = [
    namespace,
    ...(typeof kind === 'string' && kind.toLowerCase() === 'namespace' ? [name] : []),
  ];
  return named.some((each) => typeof each === 'string' && each !== '' && !visible.has(each));
}

/** Where `namespace` is a label, and no reference. */
const ofLabels: ReadonlySet<string> = new Set(['labels', 'annotations', 'matchLabels', 'selector']);

const tellingNoName: ReadonlySet<string> = new Set(['group', 'kind']);

function mayBeSeen(text: string, field: string, visible: VisibleNamespaces): boolean {
  const named = field === 'hostnames' ? hostnameSpaces(text) : namespacesNamedIn(text);
  return named.every((namespace) => visible.has(namespace));
}

/** Within the cluster `api.shop` is the Service `api` of `shop`: nothing tells it from a domain. */
function hostnameSpaces(hostname: string): readonly string[] {
  const [, second, ...others] = hostname.split('.');
  return second !== undefined && others.length === 0 ? [second] : namespacesNamedIn(hostname);
}
