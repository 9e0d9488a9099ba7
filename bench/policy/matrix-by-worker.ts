import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { AccessRequest, MeshView } from '@mcp/policy';
import { PiscinaThread } from '../../apps/mcp-api/src/policy-answers/thread/piscina-thread.js';
import { PolicyEngine } from '../../apps/mcp-api/src/policy-answers/thread/policy-engine.js';
import type { AskedPage } from '../../apps/mcp-api/src/policy-answers/thread/policy-task.js';

type Page = Awaited<ReturnType<PolicyEngine['ask']>>;

const pageBytes = 1024 * 1024;

export interface Matrix {
  readonly tookMs: number;
  readonly longestBlockMs: number;
  /** Of all pages. */
  readonly bytes: number;
}

/** Who reaches whom, all pages of it, from a worker that has just started. */
export async function matrixByWorker(view: MeshView, request: AccessRequest): Promise<Matrix> {
  const thread = new PiscinaThread();
  const engine = new PolicyEngine(thread);
  const { signal } = new AbortController();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  try {
    delay.enable();
    const begun = performance.now();
    let bytes = 0;
    for (let start: number | undefined = 0; start !== undefined;) {
      const page: AskedPage = { key: 'bench', start, bytes: pageBytes };
      const reply: Page = await engine.ask(view, { kind: 'matrix', request }, page, signal);
      bytes += reply.bytes.length;
      start = reply.next;
    }
    return { tookMs: performance.now() - begun, longestBlockMs: delay.max / 1e6, bytes };
  } finally {
    delay.disable();
    await thread.onModuleDestroy();
  }
}
