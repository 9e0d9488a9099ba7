import { ServerInterceptingCall, type ServerInterceptor, status as grpc } from '@grpc/grpc-js';

/** A call that has ended, whichever way; health and reflection are calls too, one of an rpc that is not served is none. */
export interface OverCall {
  /** `/mcp.v1.MeshContext/GetMeshGraph`. */
  readonly rpc: string;
  /** The name of its gRPC status. `CANCELLED` also where the client went away. */
  readonly status: string;
  readonly seconds: number;
}

/** The names of all gRPC statuses. */
export const statusNames: readonly string[] = Object.keys(grpc).filter((name) => Number.isNaN(Number(name)));

/** Tells of each call once, when its status is sent or its client is gone. */
export function tellingOfOverCalls(over: (call: OverCall) => void): ServerInterceptor {
  return ({ path }, call) => {
    const begun = performance.now();
    let told = false;
    const tell = (status: string): void => {
      if (told) return;
      told = true;
      over({ rpc: path, status, seconds: (performance.now() - begun) / 1_000 });
    };
    return new ServerInterceptingCall(call, {
      start: (next) => next({ onCancel: () => tell('CANCELLED') }),
      sendStatus: (status, next) => {
        tell(grpc[status.code]);
        next(status);
      },
    });
  };
}
