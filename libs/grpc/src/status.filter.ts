import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { errorToStatus, isUnforeseen } from './error-to-status.js';

/** Turns what a handler throws into a gRPC status, and reports what nobody foresaw. */
@Catch()
export class StatusFilter implements ExceptionFilter {
  /** `report` gets each error that has no row in the table of statuses, with the path of the rpc. */
  constructor(private readonly report: (error: unknown, rpc: string) => void) {}

  catch(error: unknown, host: ArgumentsHost): Observable<never> {
    if (isUnforeseen(error)) {
      const [, , call] = host.getArgs<[unknown, unknown, { getPath(): string } | undefined]>();
      this.report(error, call?.getPath() ?? '');
    }
    return throwError(() => errorToStatus(error));
  }
}
