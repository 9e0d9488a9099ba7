import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NotAllowed, type Authenticator, type ChangeRate, type NamespaceAuthorizer } from '@mcp/access';
import type { Actor } from '@mcp/events';
import type { VisibleNamespaces } from '@mcp/mesh';
import type { Deed } from '@mcp/sources';
import { peerAddress, type ServerCall } from '@mcp/grpc';
import type { CallHeaders } from './call-headers.js';
import { provenCaller } from './proven-caller.js';
import { Sight, type SightTimes } from './sight.js';

/** Marks an rpc that takes changes: it asks itself what its caller may do, and its calls are counted. */
export const TakesChange = Reflector.createDecorator<boolean>();

/** Marks an rpc that leaves out of its answers what `seenBy` says that its caller may not see. All others that read need the right to see all. */
export const LeavesOutHidden = Reflector.createDecorator<boolean>();

const reflector = new Reflector();
const actors = new WeakMap<object, Actor>();
const sights = new WeakMap<object, Sight>();

/** What tells most of a mesh without telling secrets; who may list the pods of a namespace learns nothing here of it that the cluster hides from them. */
export const toSee = { verb: 'list', group: '', resource: 'pods' } as const satisfies Deed;

/** What an answer needs that tells of all namespaces. */
export const toRead: readonly Deed[] = [toSee];

/** Lets only callers through who prove who they are and may read, and remembers them for the call. */
export class CallerGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly authorizer: NamespaceAuthorizer,
    private readonly changeRate: ChangeRate,
    /** Those that there are. May fail, where that is not known yet. */
    private readonly namespaces: () => Iterable<string>,
    /** What identities of the mesh end with; undefined: they prove nothing. */
    private readonly meshIdentity?: string,
    private readonly sightTimes?: SightTimes,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [, headers, call] = context.getArgs<[unknown, CallHeaders, ServerCall]>();
    const proven = await provenCaller(headers, this.authenticator, this.meshIdentity);
    const from = peerAddress(call);
    const actor = { ...proven, ...(from !== undefined && { from }) };
    const takesChange = reflector.get(TakesChange, context.getHandler());
    if (takesChange) this.changeRate.take(actor);
    if (reflector.get(LeavesOutHidden, context.getHandler())) sights.set(call, await this.#sightOf(actor));
    else if (!takesChange) await this.authorizer.mustBeAllowed(actor, toRead);
    actors.set(call, actor);
    return true;
  }

  async #sightOf(actor: Actor): Promise<Sight> {
    return new Sight(await this.#seenBy(actor), () => this.#seenBy(actor), this.sightTimes);
  }

  async #seenBy(actor: Actor): Promise<VisibleNamespaces> {
    const visible = await this.authorizer.whereAllowed(actor, toSee, this.namespaces);
    if (visible.areNone) throw new NotAllowed(actor, toSee, '');
    return visible;
  }
}

/** What the caller of an rpc that is marked with `LeavesOutHidden` may see. */
export function seenBy(call: object): VisibleNamespaces {
  return sightOf(call).visible;
}

/** The same for a stream, which asks again while it is open. */
export function sightOf(call: object): Sight {
  const sight = sights.get(call);
  if (sight === undefined) throw new Error('what may be seen was not asked for this call');
  return sight;
}

/** Who makes a call that the guard let through. */
export function callerOf(call: object): Actor {
  const actor = actors.get(call);
  if (actor === undefined) throw new Error('the call did not pass the guard');
  return actor;
}
