export * from './edges/directory/pod-directory.js';
export * from './edges/edges-of.js';
export * from './edges/measured-edges.js';
export * from './edges/ownership.js';
export { type IdentityGaps, noGaps } from './edges/partial-telemetry.js';
export * from './facts/checkpoint.js';
export * from './facts/counted-proxy.js';
export * from './facts/counter-differences.js';
export {
  type CounterDifference,
  type CounterPoll,
  defaultDifferenceLimits,
  type DifferenceLimits,
  type NotCompared,
} from './facts/counter-difference.js';
export * from './facts/edge-facts.js';
export * from './facts/fact.js';
export type { FaultNews, FaultSeen } from './facts/fault-watch.js';
export * from './facts/reading-faults.js';
export { proxiesInShort } from './facts/proxies-in-short.js';
export * from './facts/refusal-facts.js';
export * from './facts/seen-edge.js';
export * from './facts/telemetry-facts.js';
export * from './facts/usage-facts.js';
export * from './ledger/ledger.js';
export * from './ledger/ledger-fold.js';
export { type LedgerDay, LedgerRow } from './ledger/ledger-row.js';
export type { Coverage, LedgerRecord } from './ledger/ledger-workload.js';
export * from './ledger/refusals.js';
export * from './ledger/refusals-fold.js';
export * from './ledger/seen-refusals.js';
