import {
  type Environment,
  EventLogSettings,
  LeadershipSettings,
  type ProcessParts,
  ProcessSettings,
  readSettings,
  type Settings,
  SimulationSettings,
  SourceSettings,
  startProcessParts,
  TrafficSettings,
} from '@mcp/runtime';
import { type OpenedLog, openSharedLog } from './event-log.js';
import { metered } from './metered-log.js';
import { meshSource, type MeshSource } from './mesh-source.js';

/** What an app has that stands between a mesh and a log which other processes share. */
export interface SharedProcess {
  readonly parts: ProcessParts;
  readonly mesh: MeshSource;
  readonly opened: OpenedLog;
  readonly logSettings: EventLogSettings;
  close(): Promise<void>;
}

/** The settings that `startBetweenMeshAndLog` reads. */
export const settingsBetweenMeshAndLog: readonly Settings[] = [
  ProcessSettings,
  EventLogSettings,
  SourceSettings,
  SimulationSettings,
  LeadershipSettings,
  TrafficSettings,
];

/** Fails as `meshSource`, `startProcessParts` and `openSharedLog` do. */
export async function startBetweenMeshAndLog(app: string, environment: Environment): Promise<SharedProcess> {
  const logSettings = readSettings(EventLogSettings, environment);
  const mesh = await meshSource(
    readSettings(SourceSettings, environment),
    readSettings(SimulationSettings, environment),
    readSettings(LeadershipSettings, environment),
  );
  const parts = await startProcessParts(app, environment);
  const traffic = readSettings(TrafficSettings, environment);
  const opened = metered(
    await openSharedLog(logSettings, traffic, parts.health, parts.logger),
    parts.metrics,
  );
  return {
    parts,
    mesh,
    opened,
    logSettings,
    async close() {
      await opened.close();
      await parts.tracing.close();
      await parts.operations.close();
    },
  };
}
