/** An item of a list, or what is no list. */
export interface ListItem {
  /** Such as `, item 2`; empty for what is no list. */
  readonly at: string;
  readonly content: unknown;
}

/** What a list as `kubectl get -o yaml` prints it holds, lists within it included; anything else is its own only item. */
export function listItems(content: unknown): readonly ListItem[] {
  if (!isRecord(content)) return [{ at: '', content }];
  const { apiVersion, kind, items } = content;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items))
    return [{ at: '', content }];
  // the items of a typed list may leave out what the list says
  const said = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown, index) =>
    listItems(isRecord(item) ? { ...said, ...item } : item).map(({ at, content: inner }) => ({
      at: `, item ${index + 1}${at}`,
      content: inner,
    })),
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
