import type { HttpRequest } from '../question.js';
import type { CompiledMatch } from './route-match.js';
import { partsOf } from './route-match.js';
import type { RouteTable } from './route-table.js';

/**
 * Whether it hangs on the host which route takes a request. A route with hostnames that matches it otherwise takes it where the host
 * is one of them, since a matched host outranks all else, and never where it is not.
 */
export function hangsOnHost(routes: RouteTable, request: HttpRequest): boolean {
  const parts = partsOf(request);
  return routes.some(({ hostnames, matches }) =>
    matches.some((match) => {
      const host = hostHeaderOf(match);
      if (host !== undefined)
        return match.rank({ ...parts, headers: new Map([...parts.headers, ['host', [host]]]) }) !== undefined;
      return hostnames.length > 0 && match.rank(parts) !== undefined;
    }),
  );
}

/** One that the match asks for as a header. */
function hostHeaderOf({ example }: CompiledMatch): string | undefined {
  return example?.headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
}
