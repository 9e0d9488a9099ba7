import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Authenticator } from '@mcp/access';
import type { Actor } from '@mcp/events';
import type { CallHeaders } from './call-headers.js';

const actors = new WeakMap<object, Actor>();

/** Lets only callers through who prove who they are, and remembers it for the call. */
export class CallerGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [, headers, call] = context.getArgs<[unknown, CallHeaders, object]>();
    const [authorization] = headers.get('authorization');
    actors.set(call, await this.authenticator.authenticate(authorization?.toString()));
    return true;
  }
}

/** Who makes a call that the guard let through. */
export function callerOf(call: object): Actor {
  const actor = actors.get(call);
  if (actor === undefined) throw new Error('the call did not pass the guard');
  return actor;
}
