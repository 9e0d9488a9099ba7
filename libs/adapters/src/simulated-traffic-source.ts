import {
  type TrafficAsk,
  type TrafficFault,
  type TrafficReading,
  type TrafficSource,
  TrafficUnavailable,
} from '@mcp/sources';

/** A reading of the simulated mesh is some hundred kilobytes. */
const mostBytes = 64 * 1024 * 1024;

/** As long as a Prometheus is given. */
const defaultAnswerTimeoutMs = 30_000;

const lists = [
  'proxies',
  'requests',
  'connections',
  'inbound',
  'counters',
  'routes',
  'missing',
  'rejected',
] as const;

/** What the proxies of a simulated mesh counted, as it says itself at `/traffic`. */
export class SimulatedTrafficSource implements TrafficSource {
  /** `url` is the one of the simulated mesh. An answer is there in full within `answerTimeoutMs`, or unavailable. */
  constructor(
    private readonly url: string,
    private readonly answerTimeoutMs = defaultAnswerTimeoutMs,
  ) {}

  /** Fails as the port says, and as the signal says where that ends it. */
  async read({ latency }: TrafficAsk, signal: AbortSignal): Promise<TrafficReading> {
    const text = await this.#get(`/traffic?latency=${latency}`, signal);
    const reading = readingIn(text);
    if (reading === undefined)
      throw this.#unavailable('INVALID', 'it does not answer as a simulated mesh does');
    return reading;
  }

  async #get(path: string, signal: AbortSignal): Promise<string> {
    const deadline = AbortSignal.timeout(this.answerTimeoutMs);
    try {
      const response = await fetch(`${this.url}${path}`, { signal: AbortSignal.any([signal, deadline]) });
      if (response.status !== 200)
        throw this.#unavailable('INVALID', `it answers with HTTP ${response.status}`);
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > mostBytes)
          throw this.#unavailable('TOO_LARGE', `it answers with more than ${mostBytes} bytes`);
      }
      return Buffer.concat(chunks).toString('utf8');
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TrafficUnavailable) throw error;
      if (deadline.aborted)
        throw this.#unavailable(
          'TIMEOUT',
          `it did not answer in full within ${this.answerTimeoutMs} ms`,
          error,
        );
      throw this.#unavailable('UNREACHABLE', messageOf(error), error);
    }
  }

  #unavailable(fault: TrafficFault, why: string, cause?: unknown): TrafficUnavailable {
    return new TrafficUnavailable(
      fault,
      `ask the simulated mesh at ${this.url} for its traffic: ${why}`,
      cause,
    );
  }
}

/** Undefined where it is no reading. JSON has no Infinity: a bound that is null is the last. */
function readingIn(text: string): TrafficReading | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text, (name, value: unknown) =>
      name === 'upToMs' && value === null ? Infinity : value,
    );
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const reading = read as Readonly<Record<string, unknown>>;
  const complete =
    typeof reading['at'] === 'number' &&
    typeof reading['windowMs'] === 'number' &&
    lists.every((part) => Array.isArray(reading[part]));
  return complete ? (read as TrafficReading) : undefined;
}

/** What fetch failed with says less than its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
