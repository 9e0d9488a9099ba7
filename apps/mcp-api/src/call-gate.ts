import { callSignal, type GrpcServer, type ServerCall } from '@mcp/grpc';
import type { Readiness } from './readiness.js';

/** What every call passes before it is answered. */
export class CallGate {
  constructor(
    private readonly server: GrpcServer,
    private readonly readiness: Readiness,
    /** Told of each call that was let in, when it is over. */
    private readonly over: (rpc: string, seconds: number) => void,
  ) {}

  /** For a call with one answer: it may end while the server drains. Fails with NOT_CAUGHT_UP. */
  enter(call: ServerCall): AbortSignal {
    this.readiness.mustBeReady();
    this.#time(call);
    return callSignal(call);
  }

  /** For a stream: it ends when the server drains. Fails with NOT_CAUGHT_UP or TOO_MANY_STREAMS. */
  enterStream(call: ServerCall): AbortSignal {
    this.readiness.mustBeReady();
    this.server.streams.admit(call);
    this.#time(call);
    return callSignal(call, this.server.draining);
  }

  #time(call: ServerCall): void {
    const begun = performance.now();
    call.once('cancelled', () => this.over(call.getPath(), (performance.now() - begun) / 1_000));
  }
}
