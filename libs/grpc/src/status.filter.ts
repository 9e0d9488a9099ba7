import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { codeOf, errorToStatus } from './error-to-status.js';

/** A call that ends with an error. */
export interface FailedCall {
  /** A row of the table of statuses, or INTERNAL for an error that has none. */
  readonly code: string;
  /** The path of the rpc. */
  readonly rpc: string;
  readonly error: unknown;
}

/** Turns what a handler throws into a gRPC status, and tells of it. */
@Catch()
export class StatusFilter implements ExceptionFilter {
  constructor(private readonly failed: (call: FailedCall) => void) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    const [, , call] = host.getArgs<[unknown, unknown, { getPath?(): string } | undefined]>();
    this.failed({ code: codeOf(error), rpc: call?.getPath?.() ?? '', error });
    return throwError(() => errorToStatus(error));
  }
}
