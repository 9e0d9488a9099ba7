import type { ControllerState } from '@mcp/mesh';
import { read } from './field.js';
import { controllingOwner, identityOfNamespaced } from './metadata.js';
import type { Parsed } from './parsed.js';

/**
 * A controller from its metadata alone. The caller says its kind, since a list of metadata does not carry it.
 */
export function parseController(raw: unknown, kind: string): Parsed<ControllerState> {
  return read(raw, (object) => {
    const owner = controllingOwner(object);
    return { ...identityOfNamespaced(object), kind, ...(owner && { owner }) };
  });
}
