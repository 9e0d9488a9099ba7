import { fromBinary, type DescMessage } from '@bufbuild/protobuf';
import {
  isReflectList,
  isReflectMap,
  isReflectMessage,
  reflect,
  type ReflectMessage,
} from '@bufbuild/protobuf/reflect';

/**
 * The first field of an encoded message that its schema does not have: the dotted path to where it is and the field's number,
 * as in `spec.target_ref.#17`. Undefined where all are known. Throws where the bytes are no such message.
 */
export function findUnknownField(schema: DescMessage, bytes: Uint8Array): string | undefined {
  return withinMessage(reflect(schema, fromBinary(schema, bytes)), '');
}

function withinMessage(message: ReflectMessage, path: string): string | undefined {
  const [unknown] = message.getUnknown() ?? [];
  if (unknown !== undefined) return `${path}#${unknown.no}`;
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const found = withinValue(message.get(field), `${path}${field.name}.`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function withinValue(value: unknown, path: string): string | undefined {
  if (isReflectMessage(value)) return withinMessage(value, path);
  if (!isReflectList(value) && !isReflectMap(value)) return undefined;
  for (const item of value.values()) {
    const found = withinValue(item, path);
    if (found !== undefined) return found;
  }
  return undefined;
}
