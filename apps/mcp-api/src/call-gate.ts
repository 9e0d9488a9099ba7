import { callSignal, type GrpcServer, type ServerCall } from '@mcp/grpc';
import type { Readiness } from './readiness.js';

/** What every call passes before it is answered. */
export class CallGate {
  constructor(
    private readonly server: GrpcServer,
    private readonly readiness: Readiness,
  ) {}

  /** For a call with one answer: it may end while the server drains. Fails with NOT_CAUGHT_UP. */
  enter(call: ServerCall): AbortSignal {
    this.readiness.mustBeReady();
    return callSignal(call);
  }

  /** For a stream: it ends when the server drains. Fails with NOT_CAUGHT_UP or TOO_MANY_STREAMS. */
  enterStream(call: ServerCall): AbortSignal {
    this.readiness.mustBeReady();
    this.server.streams.admit(call);
    return callSignal(call, this.server.draining);
  }
}
