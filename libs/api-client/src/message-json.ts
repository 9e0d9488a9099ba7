import {
  createFileRegistry,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type DescMessage,
  type FileRegistry,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { descriptorSetBase64 } from '@mcp/contracts';

let kept: FileRegistry | undefined;

function registry(): FileRegistry {
  return (kept ??= createFileRegistry(
    fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, 'base64')),
  ));
}

/** How a generated message is written. */
export interface MessageCodec<M> {
  encode(message: M): { finish(): Uint8Array };
}

/**
 * A message of the package `mcp.v1` in the JSON of Protobuf, as every tool of gRPC prints it: names in camel case, enums by name, times
 * as RFC 3339, 64-bit numbers as texts, and what has its default left out.
 */
export function messageJson<M>(name: string, codec: MessageCodec<M>, message: M): JsonValue {
  const described = descriptionOf(name);
  return toJson(described, fromBinary(described, codec.encode(message).finish()), { registry: registry() });
}

/** How a generated message is read. */
export interface MessageDecoder<M> {
  decode(bytes: Uint8Array): M;
}

/** The message that `messageJson` wrote. Fails with an error that names the field for JSON that it did not write. */
export function messageFromJson<M>(name: string, decoder: MessageDecoder<M>, json: JsonValue): M {
  const described = descriptionOf(name);
  return decoder.decode(toBinary(described, fromJson(described, json, { registry: registry() })));
}

function descriptionOf(name: string): DescMessage {
  const described = registry().getMessage(`mcp.v1.${name}`);
  if (described === undefined) throw new Error(`there is no message mcp.v1.${name}`);
  return described;
}
