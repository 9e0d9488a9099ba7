import type * as proto from '@mcp/contracts';
import type {
  BackendReference,
  GrpcRouteMatch,
  GrpcRouteSpec,
  HttpRouteMatch,
  HttpRouteSpec,
  ParentReference,
  RouteFilter,
} from '@mcp/mesh';

export function httpRouteToProto({ parentRefs, hostnames, rules }: HttpRouteSpec): proto.HttpRouteSpec {
  return {
    parentRefs: parentRefs.map(parentToProto),
    hostnames,
    rules: rules.map(({ matches, filters, backendRefs, timeouts }) => ({
      matches: matches.map(httpMatchToProto),
      filters: filters.map(filterToProto),
      backendRefs: backendRefs.map(backendToProto),
      requestTimeout: timeouts?.request ?? '',
      backendRequestTimeout: timeouts?.backendRequest ?? '',
    })),
  };
}

export function grpcRouteToProto({ parentRefs, hostnames, rules }: GrpcRouteSpec): proto.GrpcRouteSpec {
  return {
    parentRefs: parentRefs.map(parentToProto),
    hostnames,
    rules: rules.map(({ matches, filters, backendRefs }) => ({
      matches: matches.map(grpcMatchToProto),
      filters: filters.map(filterToProto),
      backendRefs: backendRefs.map(backendToProto),
    })),
  };
}

function httpMatchToProto({ path, headers, queryParams, method }: HttpRouteMatch): proto.HttpRouteMatch {
  return {
    pathType: path?.type ?? '',
    path: path?.value ?? '',
    headers,
    queryParams,
    method: method ?? '',
  };
}

function grpcMatchToProto({ method, headers }: GrpcRouteMatch): proto.GrpcRouteMatch {
  return {
    methodType: method?.type ?? '',
    service: method?.service ?? '',
    method: method?.method ?? '',
    headers,
  };
}

function parentToProto({ namespace = '', sectionName = '', ...ref }: ParentReference): proto.ParentReference {
  return { ...ref, namespace, sectionName };
}

function backendToProto({ namespace = '', ...ref }: BackendReference): proto.BackendReference {
  return { ...ref, namespace };
}

function filterToProto({ type, detail }: RouteFilter): proto.RouteFilter {
  return { type, detail };
}
