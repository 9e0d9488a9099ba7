/** Common to all: `uid` tells two lives of one name apart. `namespace` is empty for a Namespace itself. */
export interface ObjectIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
}

/** What tells one life of a name from another. */
export type Life = Pick<ObjectIdentity, 'uid' | 'createdAt'>;

/**
 * Whether `a` is the object that there is, of two lives of one name that overlap because the end of one was seen late: the
 * one created later. The uid decides between equal times, so that a replay decides alike.
 */
export function isNewerLife(a: Life, b: Life): boolean {
  return a.createdAt === b.createdAt ? a.uid > b.uid : a.createdAt > b.createdAt;
}
