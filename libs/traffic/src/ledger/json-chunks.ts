/** Small enough to be written without a pause that others notice. */
const chunkCharacters = 256 * 1024;

/** Records as JSON arrays of about 256 KiB; one is larger where a single record is. */
export function* chunksOf(records: Iterable<unknown>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let texts: string[] = [];
  let length = 0;
  for (const record of records) {
    const text = JSON.stringify(record);
    if (length + text.length > chunkCharacters && texts.length > 0) {
      yield encoder.encode(`[${texts.join()}]`);
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length;
  }
  yield encoder.encode(`[${texts.join()}]`);
}

export function recordsIn(chunk: Uint8Array): readonly unknown[] {
  return JSON.parse(new TextDecoder().decode(chunk)) as readonly unknown[];
}
