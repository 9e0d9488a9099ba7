/** The manifests cannot be read as a whole; nothing is shown of a part of them. Names the file, and the document within it. */
export class ManifestsUnreadable extends Error {
  readonly code = 'MANIFESTS_UNREADABLE';
  constructor(where: string, why: string, cause?: unknown) {
    super(`read manifests: ${where}: ${why} (MANIFESTS_UNREADABLE)`, { cause });
  }
}

/** What a thrown value says of itself; of what ran out of stack, what that means for who wrote the document. */
export function messageOf(thrown: unknown): string {
  const told = typeof thrown === 'object' && thrown !== null && 'message' in thrown ? thrown.message : thrown;
  return told === 'Maximum call stack size exceeded' ? 'the document is nested too deeply' : String(told);
}
