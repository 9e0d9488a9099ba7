import { parseTraceparent } from '@mcp/mesh';

/** What a call came with. */
export interface CallHeaders {
  get(name: string): readonly (string | Buffer)[];
}

/** The W3C trace context, where the caller sent a well-formed one. */
export function sentTraceparent(headers: CallHeaders): string | undefined {
  const [value] = headers.get('traceparent');
  const text = value?.toString();
  return parseTraceparent(text) === undefined ? undefined : text;
}
