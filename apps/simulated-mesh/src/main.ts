import { ProcessSettings, readSettings, runApp, SimulationSettings, startProcessParts } from '@mcp/runtime';
import { startSimulatedMesh } from '@mcp/simulated-mesh';

await runApp({
  name: 'simulated-mesh',
  summary: 'serves a simulated mesh as a Kubernetes API server does, for the other apps to look at',
  settings: [ProcessSettings, SimulationSettings],
  start: async (environment, signal) => {
    const { host, port, seed, stepMs } = readSettings(SimulationSettings, environment);
    const { logger, health, operations } = await startProcessParts('simulated-mesh', environment);
    const mesh = await startSimulatedMesh({ host, port, seed: String(seed), paceMs: stepMs });
    health.started();
    logger.info('simulated mesh started', { url: mesh.url });
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return {
      done: stopped.then(async () => {
        await mesh.close();
        await operations.close();
      }),
    };
  },
});
