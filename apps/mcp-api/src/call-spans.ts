import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { isUnary, type ServerCall } from '@mcp/grpc';
import { inSpan, type Tracer } from '@mcp/runtime';
import { type CallHeaders, sentTraceparent } from './call-headers.js';

const traceparents = new WeakMap<object, string>();

/** A span around each call with one answer, under the caller's. A stream, which may last for days, has none. */
export class CallSpans implements NestInterceptor {
  constructor(private readonly tracer: Tracer) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [, headers, call] = context.getArgs<[unknown, CallHeaders, ServerCall]>();
    const path = call.getPath();
    if (!isUnary(path)) return next.handle();
    const [, service = '', method = ''] = path.split('/');
    const parent = sentTraceparent(headers);
    const attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
    return from(
      inSpan(
        this.tracer,
        `${service}/${method}`,
        { parent, kind: 'server', attributes },
        ({ traceparent }) => {
          if (traceparent !== undefined) traceparents.set(call, traceparent);
          return lastValueFrom(next.handle());
        },
      ),
    );
  }
}

/** For what follows from a call with one answer: of its span, or the caller's where nothing is traced. */
export function traceparentOf(call: object): string | undefined {
  return traceparents.get(call);
}
