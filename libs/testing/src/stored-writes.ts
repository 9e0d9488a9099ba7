/** One version of an object. `revision` is the resource version that it has as an object of the API. */
export interface StoredWrite {
  readonly place: string;
  readonly revision: number;
  /** Absent: it was deleted. */
  readonly object?: Readonly<Record<string, unknown>>;
  /** What there was before; absent: nothing. */
  readonly former?: Readonly<Record<string, unknown>>;
}

/** What follows the last place that begins with the prefix: a mark is written there, so that the end of the history is seen. */
const afterAll = '~';

/** The history of etcd, as its watch gives it from the first revision on. */
export async function storedWrites(etcdUrl: string, prefix: string): Promise<StoredWrite[]> {
  const mark = `${prefix}${afterAll}`;
  const put = await fetch(`${etcdUrl}/v3/kv/put`, {
    method: 'POST',
    body: JSON.stringify({ key: base64(mark) }),
  });
  const last = Number(((await put.json()) as { header: { revision: string } }).header.revision);
  const create_request = {
    key: base64(prefix),
    range_end: base64(`${mark}${afterAll}`),
    start_revision: '1',
    prev_kv: true,
  };
  const { body } = await fetch(`${etcdUrl}/v3/watch`, {
    method: 'POST',
    body: JSON.stringify({ create_request }),
  });
  if (body === null) throw new Error('etcd gives no watch');
  const writes: StoredWrite[] = [];
  for await (const line of linesOf(body)) {
    const { result, error } = JSON.parse(line) as WatchAnswer;
    if (result?.canceled === true || error !== undefined) throw new Error(`etcd ends the watch: ${line}`);
    for (const event of result?.events ?? []) {
      const write = storedWrite(event);
      if (write.place !== mark) writes.push(write);
      // which ends the watch, as the body is read no further
      else if (write.revision === last) return writes;
    }
  }
  throw new Error('the watch of etcd ended before its history');
}

interface WatchAnswer {
  readonly result?: { readonly canceled?: boolean; readonly events?: readonly WatchEvent[] };
  readonly error?: unknown;
}

interface WatchEvent {
  readonly type?: 'DELETE';
  readonly kv: Stored;
  readonly prev_kv?: Stored;
}

interface Stored {
  readonly key: string;
  readonly mod_revision: string;
  readonly value?: string;
}

function storedWrite({ type, kv, prev_kv }: WatchEvent): StoredWrite {
  const object = type === 'DELETE' ? undefined : objectOf(kv);
  const former = prev_kv && objectOf(prev_kv);
  return {
    place: Buffer.from(kv.key, 'base64').toString(),
    revision: Number(kv.mod_revision),
    ...(object && { object }),
    ...(former && { former }),
  };
}

/** Custom resources are stored as JSON. */
function objectOf({ value }: Stored): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  return JSON.parse(Buffer.from(value, 'base64').toString()) as Readonly<Record<string, unknown>>;
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
