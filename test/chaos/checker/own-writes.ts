import type { ObjectWrite } from './history.js';

/** A write through us, by the change that the object named from then on. */
export interface OwnWrite extends ObjectWrite {
  readonly by: string;
}

/** Every version that neither is an edit by hand nor a deletion, in order. */
export function ownWrites(cluster: readonly ObjectWrite[]): OwnWrite[] {
  const last = new Map<string, ObjectWrite>();
  return cluster.flatMap((write) => {
    const before = last.get(write.uid);
    last.set(write.uid, write);
    if (write.state === undefined || write.state.edit !== before?.state?.edit) return [];
    return [{ ...write, by: write.state.change?.id ?? 'nobody' }];
  });
}

/**
 * The revision at which each change left its object. What is recorded of an apply may be later: it is what the object was at when it was found
 * to have been written.
 */
export function revisionsLeft(cluster: readonly ObjectWrite[]): Map<string, number> {
  return new Map(ownWrites(cluster).map(({ by, revision }) => [by, revision]));
}
