import { Drift } from '@mcp/contracts';
import type { DriftAnswer } from '@mcp/desired-state';

export const driftToProto: Readonly<Record<DriftAnswer['drift'], Drift>> = {
  pending: Drift.DRIFT_PENDING,
  none: Drift.DRIFT_NONE,
  drifted: Drift.DRIFT_DRIFTED,
  deleted: Drift.DRIFT_DELETED,
};
