/** What a call came with. */
export interface CallHeaders {
  get(name: string): readonly (string | Buffer)[];
}

/** The W3C trace context, where the caller sent a well-formed one. */
export function traceparentOf(headers: CallHeaders): string | undefined {
  const [value] = headers.get('traceparent');
  const text = value?.toString() ?? '';
  return /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(text) ? text : undefined;
}
