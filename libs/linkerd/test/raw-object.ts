/** An object as the API server sends it, for tests: `metadata` is laid over what every object has. */
export function rawObject(parts: {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly spec?: unknown;
  readonly status?: unknown;
}): Readonly<Record<string, unknown>> {
  return {
    ...parts,
    metadata: {
      namespace: 'shop',
      name: 'web',
      uid: 'uid-1',
      resourceVersion: '7',
      creationTimestamp: '2026-01-02T03:04:05Z',
      ...parts.metadata,
    },
  };
}

/** What `rawObject` reads as. */
export const rawIdentity = {
  namespace: 'shop',
  name: 'web',
  uid: 'uid-1',
  createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
};
