import type { HttpRouteMatch, HttpRouteRule, HttpRouteSpec } from '@mcp/mesh';
import { renderFilter, renderRoute, renderValueMatch } from './route.js';
import { unlessEmpty } from './unless-empty.js';

/** Of either group. */
export function renderHTTPRoute(spec: HttpRouteSpec): object {
  return renderRoute(spec, renderRule);
}

/** The matches are always said: an empty list is none, an absent one every path. */
function renderRule({ matches, filters, backendRefs, timeouts }: HttpRouteRule): object {
  return {
    matches: matches.map(renderMatch),
    ...unlessEmpty('filters', filters.map(renderFilter)),
    ...unlessEmpty('backendRefs', backendRefs),
    ...(timeouts !== undefined && { timeouts: { ...timeouts } }),
  };
}

function renderMatch({ path, headers, queryParams, method }: HttpRouteMatch): object {
  return {
    ...(path !== undefined && { path: { ...path } }),
    ...unlessEmpty('headers', headers.map(renderValueMatch)),
    ...unlessEmpty('queryParams', queryParams.map(renderValueMatch)),
    ...(method !== undefined && { method }),
  };
}
