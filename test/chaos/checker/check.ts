import { acknowledgedOnce } from './acknowledged.js';
import { appliedOnce } from './applied-once.js';
import { clusterAsDesired } from './desired-cluster.js';
import type { Finding, History, Law } from './history.js';
import { positionsForward } from './positions.js';
import { asReplayed } from './replayed.js';
import { clusterAsSeen } from './seen-cluster.js';
import { onePhaseEach } from './true-phases.js';
import { withoutGap } from './whole-log.js';

/** What holds of every run, whatever was killed, paused, cut or edited in it. */
const laws = {
  'acknowledged once': acknowledgedOnce,
  'log without a gap': withoutGap,
  'one true phase': onePhaseEach,
  'cluster as desired': clusterAsDesired,
  'cluster as seen': clusterAsSeen,
  'applied once': appliedOnce,
  'as replayed': asReplayed,
  'positions forward': positionsForward,
} satisfies Record<string, Law>;

export type LawName = keyof typeof laws;

/** Every finding of every law; none where the history is sound. */
export function check(history: History): Finding[] {
  return Object.entries<Law>(laws).flatMap(([law, broken]) =>
    broken(history).map((message) => ({ law, message })),
  );
}
