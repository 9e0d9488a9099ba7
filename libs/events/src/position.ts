/**
 * A place in one event log: after the event with this sequence. Opaque to clients.
 * `digest` is the chained digest at that place, so that a position in a tail that the log has lost is recognised.
 * The start of every log is sequence 0 with an empty digest.
 */
export interface LogPosition {
  readonly log: string;
  readonly sequence: number;
  readonly digest: string;
}

/** Characters of the digest that the text form carries: 16 hexadecimal ones, 64 bits. */
const digestLength = 16;

/** The text form that clients hold on to: `<log>.<sequence>.<piece of the digest>`. */
export function formatPosition(position: LogPosition): string {
  return `${position.log}.${position.sequence}.${position.digest.slice(0, digestLength)}`;
}

/** Undefined when the text is not a position. The digest of the answer is the piece that the text carries. */
export function parsePosition(text: string): LogPosition | undefined {
  const match = /^([a-z0-9-]{1,64})\.(\d{1,15})\.([0-9a-f]{0,16})$/.exec(text);
  if (match === null) return undefined;
  const [, log = '', sequence = '', digest = ''] = match;
  return { log, sequence: Number(sequence), digest };
}

/** Whether two digests, whole or the piece a text form carries, are of the same place. */
export function sameDigest(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  return a.slice(0, length) === b.slice(0, length) && (length > 0 || a.length === b.length);
}
