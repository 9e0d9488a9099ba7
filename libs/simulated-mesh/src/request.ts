import type { IncomingMessage } from 'node:http';

import type { Representation } from './representation.js';
import { representationOf } from './representation.js';
import type { ResourceType } from './resource-type.js';
import { apiVersionOf, findResource } from './resource-type.js';
import { badRequest, failure } from './status.js';

/** What a request is about: a collection, or one object of it. */
export interface ResourceRequest {
  readonly type: ResourceType;
  /** The version asked for, as objects spell it: `policy.linkerd.io/v1beta3`. */
  readonly apiVersion: string;
  readonly representation: Representation;
  /** Undefined: all namespaces, or a kind of the cluster. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: 'status' | undefined;
}

/** Undefined when nothing is served at that path. */
export function resourceRequestOf(path: readonly string[], accept?: string): ResourceRequest | undefined {
  const [root, ...rest] = path;
  if (root === 'api') return within('', rest, accept);
  if (root === 'apis') return within(rest[0] ?? '', rest.slice(1), accept);
  return undefined;
}

function within(
  group: string,
  [version = '', ...rest]: readonly string[],
  accept: string | undefined,
): ResourceRequest | undefined {
  const inNamespace =
    rest[0] === 'namespaces' && rest.length > 2 && !(rest.length === 3 && rest[2] === 'status');
  const [plural = '', name, subresource, ...beyond] = inNamespace ? rest.slice(2) : rest;
  const type = findResource(group, version, plural);
  if (type === undefined || beyond.length > 0) return undefined;
  if (inNamespace ? !type.namespaced : type.namespaced && name !== undefined) return undefined;
  if (subresource !== undefined && !(subresource === 'status' && type.statusSubresource)) return undefined;
  const apiVersion = apiVersionOf(group, version);
  return {
    type,
    apiVersion,
    representation: representationOf(type, apiVersion, accept),
    namespace: inNamespace ? rest[1] : undefined,
    name,
    subresource,
  };
}

/** The limit of a real API server. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** The body as JSON, undefined where there is none. Throws `ApiFault`: 413 too large, 400 or 415 not JSON. */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // what is too much is read and dropped: a connection that is closed on a sender would lose the refusal
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) {
    throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);
  }
  if (bytes === 0) return undefined;
  return parseJson(Buffer.concat(chunks).toString('utf8'), mediaTypeOf(request));
}

export function mediaTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
}

function parseJson(text: string, mediaType: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      // assigning it would change what an object inherits
      if (key === '__proto__') throw badRequest('a field named __proto__ is not accepted');
      return value;
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (mediaType.endsWith('yaml')) {
      throw failure(
        415,
        'UnsupportedMediaType',
        'this simulated API server reads YAML only where it is JSON: send the same object as JSON',
      );
    }
    throw badRequest(`the body is not JSON: ${error.message}`);
  }
}

/** Who writes, where the request does not say: the client's name, as API servers take it from the user agent. */
export function managerOf(request: IncomingMessage, query: URLSearchParams): string {
  const named = query.get('fieldManager');
  if (named !== null && named !== '') return named;
  return (request.headers['user-agent'] ?? 'unknown').split('/')[0]?.slice(0, 128) ?? 'unknown';
}
