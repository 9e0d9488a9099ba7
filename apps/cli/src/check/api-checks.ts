import type { ApiClient } from '@mcp/api-client';
import { GetMeshGraphRequest, type GetMeshGraphResponse, MeshContextService } from '@mcp/contracts';
import { collectorNotes, sourceNotes, telemetryNotes } from '../output/told-basis.js';
import type { CheckCategory } from './check-run.js';

/** That the API answers, and that what it answers can be believed. `ask` reaches it anew each time. */
export function apiChecks(ask: <T>(use: (api: ApiClient) => Promise<T>) => Promise<T>): CheckCategory {
  let graph: GetMeshGraphResponse | undefined;
  const none = (notes: readonly string[]) => {
    if (notes.length > 0) throw new Error(notes.join('; '));
  };
  return {
    name: 'linkerd-mcp-api',
    checks: [
      {
        description: 'the API answers',
        comesWithTime: true,
        needed: true,
        holds: async () => {
          graph = await ask((api) =>
            api.unary(MeshContextService.getMeshGraph, GetMeshGraphRequest.fromPartial({})),
          );
        },
      },
      {
        description: 'a collector is at work',
        comesWithTime: true,
        holds: async () => {
          graph = await ask((api) =>
            api.unary(MeshContextService.getMeshGraph, GetMeshGraphRequest.fromPartial({})),
          );
          none(collectorNotes(graph.collector));
        },
      },
      {
        description: 'every kind of object is followed',
        onlyWarns: true,
        holds: async () => none(sourceNotes(graph?.sources ?? [])),
      },
      {
        description: 'traffic is seen',
        onlyWarns: true,
        holds: async () => none(telemetryNotes(graph?.telemetry)),
      },
    ],
  };
}
