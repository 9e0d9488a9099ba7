import type { GrpcRouteMatch, GrpcRouteRule, GrpcRouteSpec } from '@mcp/mesh';
import { renderFilter, renderRoute, renderValueMatch } from './route.js';
import { unlessEmpty } from './unless-empty.js';

export function renderGRPCRoute(spec: GrpcRouteSpec): object {
  return renderRoute(spec, renderRule);
}

function renderRule({ matches, filters, backendRefs }: GrpcRouteRule): object {
  return {
    ...unlessEmpty('matches', matches.map(renderMatch)),
    ...unlessEmpty('filters', filters.map(renderFilter)),
    ...unlessEmpty('backendRefs', backendRefs),
  };
}

function renderMatch({ method, headers }: GrpcRouteMatch): object {
  return {
    ...(method !== undefined && { method: { ...method } }),
    ...unlessEmpty('headers', headers.map(renderValueMatch)),
  };
}
