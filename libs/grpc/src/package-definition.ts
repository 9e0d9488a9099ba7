import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { descriptors } from './descriptors.js';
import { findUnknownField } from './unknown-fields.js';

/** What stands in place of a request that is not one; the request pipe refuses it. */
export class MalformedRequest {
  constructor(
    readonly field: string,
    readonly description: string,
  ) {}
}

/**
 * The generated service definitions as Nest takes them: by full service name, and by rpc name within. Answers may also be
 * given as bytes that are already encoded. A request that cannot be decoded, or that has a field unknown to this version,
 * arrives as `MalformedRequest`: ignoring a field would answer a question that was not asked.
 */
export function packageDefinition(services: readonly ServiceDefinition[]): Record<string, ServiceDefinition> {
  const byService: Record<string, Record<string, MethodDefinition<object, object>>> = {};
  for (const method of services.flatMap((service) => Object.values(service))) {
    const [, service = '', rpc = ''] = method.path.split('/');
    (byService[service] ??= {})[rpc] = {
      ...method,
      requestDeserialize: tolerant(service, rpc, method),
      responseSerialize: (answer: object) =>
        answer instanceof Uint8Array
          ? Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
          : method.responseSerialize(answer),
    };
  }
  return byService;
}

function tolerant(
  service: string,
  rpc: string,
  method: MethodDefinition<unknown, unknown>,
): (bytes: Buffer) => object {
  const schema = descriptors.getService(service)?.methods.find((described) => described.name === rpc)?.input;
  if (schema === undefined) throw new Error(`${service}/${rpc} is not in the descriptor set`);
  return (bytes) => {
    try {
      const unknown = findUnknownField(schema, bytes);
      if (unknown !== undefined) {
        return new MalformedRequest(unknown, `${schema.typeName} has no such field in this version`);
      }
      return method.requestDeserialize(bytes) as object;
    } catch {
      return new MalformedRequest('', `the bytes are not a ${schema.typeName}`);
    }
  };
}
