import type { ServiceAccountState } from '@mcp/mesh';
import { read } from './field.js';
import { identityOfNamespaced } from './metadata.js';
import type { Parsed } from './parsed.js';

export function parseServiceAccount(raw: unknown): Parsed<ServiceAccountState> {
  return read(raw, identityOfNamespaced);
}
