import type { ObjectReference } from '@mcp/mesh';

/** No group is the core group. */
export function renderReference({ group, ...reference }: ObjectReference): object {
  return { ...(group !== '' && { group }), ...reference };
}
