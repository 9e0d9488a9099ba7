import type { AnswerBasis, CollectorPresence } from '@mcp/contracts';
import { toTime } from '../graph/graph-messages.js';
import type { MeshAt } from './mesh-at.js';

export interface Collector {
  readonly presence: CollectorPresence;
}

export function answerBasis(mesh: MeshAt, { presence }: Collector): AnswerBasis {
  return {
    position: mesh.position,
    recordedAt: toTime(mesh),
    sources: mesh.sources,
    collector: presence,
  };
}
