/** A refusal travels in the headers of an answer, of which some clients take 8 KiB in all. */
const longest = 1_500;

/** A message with the manifest to commit, where that is short enough to be given. */
export function withManifest(message: string, manifest: string | undefined): string {
  if (manifest === undefined) return message;
  return isShort(manifest)
    ? `${message}:\n${manifest}`
    : `${message} (its manifest is too long for this answer: commit what was asked for)`;
}

export function manifestFact(manifest: string | undefined): { readonly manifest?: string } {
  return manifest !== undefined && isShort(manifest) ? { manifest } : {};
}

function isShort(manifest: string): boolean {
  return manifest.length <= longest;
}
