import type { EventType } from '@mcp/events';

/** Picks the append of an event of this type out of the commands to Redis. */
export const isAppend =
  (type: EventType) =>
  (command: string): boolean =>
    /^\*\d+\r\n\$\d+\r\neval/i.test(command) && command.includes(`"type":"${type}"`);

/** Picks what is asked of the API server about this policy: its apply, or the dry run of it. */
export const isApply =
  (name: string) =>
  (request: string): boolean =>
    isPatch(request, name) && !request.includes('dryRun=All');

export const isDryRun =
  (name: string) =>
  (request: string): boolean =>
    isPatch(request, name) && request.includes('dryRun=All');

function isPatch(request: string, name: string): boolean {
  return request.startsWith('PATCH ') && request.includes(`/authorizationpolicies/${name}?`);
}
