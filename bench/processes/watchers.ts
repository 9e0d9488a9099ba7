import { Client, credentials } from '@grpc/grpc-js';
import { MeshContextService, WatchMeshGraphRequest, WatchMeshGraphResponse } from '@mcp/contracts';
import { answer, input, tell } from '../child.js';
import { wallMs } from '../figures.js';

/** Many watchers of the graph in one process. */
export interface WatchersInput {
  readonly port: number;
  readonly connections: number;
  readonly streamsPerConnection: number;
  /** Watchers whose every message is noted with its time. */
  readonly sampled: number;
  /** Opens its streams and reads nothing. */
  readonly stalled: boolean;
}

/** What one watcher saw: the sequence it was brought to, and when. */
export interface Sample {
  readonly sequences: Float64Array;
  readonly atMs: Float64Array;
}

export interface Watched {
  readonly samples: readonly Sample[];
  readonly messages: number;
  /** Times that a watcher was told that it skipped something. */
  readonly skips: number;
  readonly endings: readonly string[];
}

const { port, connections, streamsPerConnection, sampled, stalled } = input() as WatchersInput;
const asIs = (bytes: Buffer): Buffer => bytes;
const request = Buffer.from(
  WatchMeshGraphRequest.encode({ namespaces: [], resumeFrom: '', includeRates: false }).finish(),
);
const endings: string[] = [];
let samples: { sequences: number[]; atMs: number[] }[] = [];
let messages = 0;
let skips = 0;
let opened = 0;
let noting = false;

for (let connection = 0; connection < connections; connection += 1) {
  // without a pool of its own, every client of the process would share one connection
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  for (let index = 0; index < streamsPerConnection; index += 1) {
    const number = connection * streamsPerConnection + index;
    const stream = client.makeServerStreamRequest(
      MeshContextService.watchMeshGraph.path,
      asIs,
      asIs,
      request,
    );
    stream.on('error', (error) => endings.push(error.message));
    if (stalled) {
      stream.on('metadata', () => countOpened());
      continue;
    }
    let whole = false;
    stream.on('data', (bytes: Buffer) => {
      messages += 1;
      if (isSkipped(bytes)) skips += 1;
      const sequence = sequenceOf(bytes);
      if (sequence === undefined) return;
      if (!whole) {
        whole = true;
        countOpened();
      }
      if (!noting || number >= sampled) return;
      const sample = (samples[number] ??= { sequences: [], atMs: [] });
      sample.sequences.push(sequence);
      sample.atMs.push(wallMs());
    });
  }
}

answer((word) => {
  if (word === 'begin') {
    samples = [];
    messages = skips = 0;
    noting = true;
    return 'begun';
  }
  noting = false;
  const noted = samples.map(({ sequences, atMs }) => ({
    sequences: Float64Array.from(sequences),
    atMs: Float64Array.from(atMs),
  }));
  return { samples: noted, messages, skips, endings } satisfies Watched;
});

/** Has the whole graph, or is answered at all where it does not read. */
function countOpened(): void {
  opened += 1;
  if (opened === connections * streamsPerConnection) tell('open');
}

/**
 * The sequence in the position of a message, its first field; undefined where it has none. Reads just that: a thousand watchers
 * that decode everything are more than this machine has room for beside the server.
 */
function sequenceOf(bytes: Buffer): number | undefined {
  if (bytes[0] !== 0x0a) return undefined;
  const position = bytes.toString('latin1', 2, 2 + (bytes[1] ?? 0));
  const first = position.indexOf('.');
  return Number(position.slice(first + 1, position.indexOf('.', first + 1)));
}

/** A message without position that is not part of a snapshot; rare, so it may be decoded. */
function isSkipped(bytes: Buffer): boolean {
  return bytes[0] === 0x2a && WatchMeshGraphResponse.decode(bytes).message?.$case === 'skipped';
}
