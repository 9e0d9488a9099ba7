import type { PartHealth } from '@mcp/runtime';
import type { Lag } from '@mcp/projections';
import { CallRefused } from '@mcp/grpc';

/** Whether the API can answer: everything it answers from has read the log to its end once. */
export class Readiness {
  constructor(
    private readonly parts: Readonly<Record<string, () => { readonly ready: boolean; readonly lag: Lag }>>,
  ) {}

  report(): PartHealth {
    const waiting = Object.entries(this.parts).filter(([, part]) => !part().ready);
    if (waiting.length === 0) return { ready: true, reason: 'serving' };
    const words = waiting.map(
      ([name, part]) => `${name} is ${part().lag.phase}, ${part().lag.events} events behind`,
    );
    return { ready: false, reason: words.join('; ') };
  }

  /** Fails with NOT_CAUGHT_UP. */
  mustBeReady(): void {
    const { ready, reason } = this.report();
    if (!ready) throw new CallRefused('NOT_CAUGHT_UP', `the server is still reading the log: ${reason}`);
  }
}
