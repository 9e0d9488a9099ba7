import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

import { discover } from './discovery.js';
import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import { listResponse } from './list-response.js';
import type { DeleteOptions, ObjectName, Registry, WriteOptions } from './registry.js';
import type { ResourceRequest } from './request.js';
import { managerOf, mediaTypeOf, readBody, resourceRequestOf } from './request.js';
import { ApiFault, badRequest, failure, methodNotAllowed, notFound } from './status.js';
import type { WatchPace } from './watch-response.js';
import { serveWatch } from './watch-response.js';

/** What a request gets; a watch has answered by itself. */
type Answer = PlainAnswer | 'watching';

export type PlainAnswer =
  { readonly code: number; readonly json: unknown } | { readonly code: number; readonly text: string };

/** What is served beside the API, undefined for a path of the API itself. */
export type Beside = (
  path: readonly string[],
  asked: { readonly query: URLSearchParams; readonly host: string },
) => PlainAnswer | undefined;

interface Exchange {
  readonly registry: Registry;
  readonly pace: WatchPace;
  readonly beside: Beside;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The registry over HTTP, as a Kubernetes API server without authentication. */
export function createApiServer(
  registry: Registry,
  pace: WatchPace,
  beside: Beside = () => undefined,
): Server {
  const server = createServer((request, response) => {
    answer({ registry, pace, beside, request, response })
      .catch(faultAnswer)
      .then((given) => send(response, given))
      .catch(() => response.destroy());
  });
  // clients keep connections for longer than Node's five seconds, and would write into one that is being closed
  server.keepAliveTimeout = 90_000;
  return server;
}

async function answer(exchange: Omit<Exchange, 'query'>): Promise<Answer> {
  const url = new URL(exchange.request.url ?? '/', 'http://localhost');
  const path = pathOf(url);
  if (['healthz', 'livez', 'readyz'].includes(path[0] ?? '')) return { code: 200, text: 'ok' };
  const { method, headers } = exchange.request;
  const found =
    method === 'GET'
      ? exchange.beside(path, { query: url.searchParams, host: headers.host ?? '' })
      : undefined;
  if (found !== undefined) return found;
  const discovered = discover(path);
  if (discovered !== undefined) return { code: 200, json: discovered };
  const target = resourceRequestOf(path, headers.accept);
  if (target === undefined) return { code: 404, text: '404 page not found\n' };
  const described = { ...exchange, query: url.searchParams };
  return target.name === undefined
    ? answerForCollection(described, target)
    : answerForObject(described, target, target.name);
}

function pathOf(url: URL): readonly string[] {
  try {
    return url.pathname
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    throw badRequest(`the path is not valid: ${url.pathname}`);
  }
}

async function answerForCollection(exchange: Exchange, target: ResourceRequest): Promise<Answer> {
  const { registry, pace, query, request, response } = exchange;
  const { type, namespace } = target;
  if (request.method === 'GET' && ['true', '1'].includes(query.get('watch') ?? '')) {
    serveWatch(registry.store, target, query, response, pace);
    return 'watching';
  }
  if (request.method === 'GET') return { code: 200, json: listResponse(registry.store, target, query) };
  if (request.method !== 'POST' || (type.namespaced && namespace === undefined)) throw methodNotAllowed();
  const body = await readBody(request);
  const created = registry.create(type, namespace ?? '', body, writeOptions(exchange, target));
  return { code: 201, json: target.representation.object(created) };
}

async function answerForObject(exchange: Exchange, target: ResourceRequest, name: string): Promise<Answer> {
  const { registry, query, request } = exchange;
  const object: ObjectName = { type: target.type, namespace: target.namespace ?? '', name };
  switch (request.method) {
    case 'GET': {
      const live = registry.store.get(object.type, object.namespace, name);
      if (live === undefined) throw notFound(object.type, name);
      return { code: 200, json: target.representation.object(live) };
    }
    case 'PUT': {
      const body = await readBody(request);
      const written = registry.update(object, body, writeOptions(exchange, target));
      return { code: 200, json: target.representation.object(written) };
    }
    case 'PATCH':
      return patch(exchange, target, object);
    case 'DELETE': {
      if (target.subresource !== undefined) throw methodNotAllowed();
      const deleted = registry.delete(object, deleteOptions(await readBody(request), query));
      return { code: 200, json: deletedStatus(object, deleted) };
    }
    default:
      throw methodNotAllowed();
  }
}

async function patch(exchange: Exchange, target: ResourceRequest, object: ObjectName): Promise<Answer> {
  const { registry, query, request } = exchange;
  const options = writeOptions(exchange, target);
  const mediaType = mediaTypeOf(request);
  if (mediaType === 'application/merge-patch+json') {
    if (query.has('force'))
      throw badPatchOption('force', 'Forbidden: may not be specified for non-apply patch');
    const written = registry.merge(object, await readBody(request), options);
    return { code: 200, json: target.representation.object(written) };
  }
  if (mediaType === 'application/apply-patch+yaml') {
    if (!query.get('fieldManager'))
      throw badPatchOption('fieldManager', 'Required value: is required for apply patch');
    const body = await readBody(request);
    const existed = registry.store.get(object.type, object.namespace, object.name) !== undefined;
    const written = registry.apply(object, body, { ...options, force: query.get('force') === 'true' });
    return { code: existed ? 200 : 201, json: target.representation.object(written) };
  }
  throw failure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format (${mediaType}) - accepted media types include: application/merge-patch+json, application/apply-patch+yaml`,
  );
}

function badPatchOption(field: string, why: string): ApiFault {
  return failure(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: ${field}: ${why}`, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{ reason: 'FieldValueInvalid', message: why, field }],
  });
}

function writeOptions({ query, request }: Exchange, target: ResourceRequest): WriteOptions {
  return {
    manager: managerOf(request, query),
    apiVersion: target.apiVersion,
    dryRun: dryRunOf(query.getAll('dryRun')),
    ...(target.subresource === undefined ? {} : { subresource: target.subresource }),
  };
}

function deleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const options = isJsonObject(body) ? body : {};
  const { uid, resourceVersion } = isJsonObject(options['preconditions']) ? options['preconditions'] : {};
  const inBody = Array.isArray(options['dryRun']) ? (options['dryRun'] as unknown[]) : [];
  return {
    ...(uid === undefined ? {} : { uid: textOf(uid, 'preconditions.uid') }),
    ...(resourceVersion === undefined
      ? {}
      : { resourceVersion: textOf(resourceVersion, 'preconditions.resourceVersion') }),
    dryRun: dryRunOf([...query.getAll('dryRun'), ...inBody]),
  };
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw badRequest(`${field} must be a string`);
  return value;
}

function dryRunOf(values: readonly unknown[]): boolean {
  if (values.some((value) => value !== 'All')) throw badRequest('dryRun: the supported value is All');
  return values.length > 0;
}

function deletedStatus({ type, name }: ObjectName, deleted: KubernetesObject): JsonObject {
  const group = type.group === '' ? {} : { group: type.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: type.plural, uid: deleted.metadata.uid },
  };
}

function faultAnswer(error: unknown): Answer {
  const fault =
    error instanceof ApiFault
      ? error
      : failure(500, 'InternalError', `Internal error occurred: ${String(error)}`);
  return { code: fault.status.code, json: { ...fault.status } };
}

function send(response: ServerResponse, given: Answer): void {
  if (given === 'watching') return;
  if ('text' in given) {
    response.writeHead(given.code, { 'content-type': 'text/plain; charset=utf-8' }).end(given.text);
  } else {
    response.writeHead(given.code, { 'content-type': 'application/json' }).end(JSON.stringify(given.json));
  }
}
