import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Authenticator, Authorizer, ChangeRate } from '@mcp/access';
import type { Actor } from '@mcp/events';
import type { Deed } from '@mcp/sources';
import type { CallHeaders } from './call-headers.js';

/** Marks an rpc that takes changes: it asks itself what its caller may do, and its calls are counted. All others need the right to read. */
export const TakesChange = Reflector.createDecorator<boolean>();

const reflector = new Reflector();
const actors = new WeakMap<object, Actor>();

/** What tells most of a mesh without telling secrets; who may list all pods learns nothing here that the cluster hides from them. */
export const toRead: readonly Deed[] = [{ verb: 'list', group: '', resource: 'pods' }];

/** Lets only callers through who prove who they are and may read, and remembers them for the call. */
export class CallerGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly authorizer: Authorizer,
    private readonly changeRate: ChangeRate,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [, headers, call] = context.getArgs<[unknown, CallHeaders, object]>();
    const [authorization] = headers.get('authorization');
    const actor = await this.authenticator.authenticate(authorization?.toString());
    if (reflector.get(TakesChange, context.getHandler())) this.changeRate.take(actor);
    else await this.authorizer.mustBeAllowed(actor, toRead);
    actors.set(call, actor);
    return true;
  }
}

/** Who makes a call that the guard let through. */
export function callerOf(call: object): Actor {
  const actor = actors.get(call);
  if (actor === undefined) throw new Error('the call did not pass the guard');
  return actor;
}
