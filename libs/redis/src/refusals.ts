/** A reply of -ERR and the like: the server has understood and refused. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The refusal of an entry whose id is not above the top of its stream. */
export function isNotAboveTop(error: Error): boolean {
  return error.message.includes('equal or smaller');
}

/**
 * What a server says that is not the one to ask, or not yet, before it does any of what it was told:
 *
 * - `elsewhere`: another has the mesh by now, or nobody knows who. The connection is of no more use.
 * - `later`: this one will have it, or is about to hand it over. While a slot moves its keys are on two nodes, and what needs several of
 *   them is done on neither; so ASK is waited out, not followed.
 */
export function hindranceOf(error: unknown): 'elsewhere' | 'later' | undefined {
  for (const { message } of isRefusal(error) ? [error, ...previousErrors(error)] : []) {
    if (/^(MOVED|READONLY|CLUSTERDOWN|MASTERDOWN)\b/.test(message)) return 'elsewhere';
    if (/^(ASK|TRYAGAIN|LOADING)\b/.test(message)) return 'later';
  }
  return undefined;
}

/** A transaction is refused as a whole, for what was said to one of its commands. */
function previousErrors(error: Error): readonly Error[] {
  return (error as { previousErrors?: readonly Error[] }).previousErrors ?? [];
}
