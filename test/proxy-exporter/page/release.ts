/** Linkerd's releases, oldest first, and the proxy that each one ships. */
const proxyVersions = {
  '2.15': '2.221.0',
  '2.16': '2.246.0',
  '2.17': '2.268.0',
  '2.18': '2.294.0',
  '2.19': '2.326.0',
  '2.20': '2.359.0',
  edge: '2.366.0',
} as const;
export type Release = keyof typeof proxyVersions;
export const releases = Object.keys(proxyVersions) as readonly Release[];
export const newestRelease: Release = 'edge';

export const proxyVersionOf = (release: Release): string => proxyVersions[release];

/** A range of releases, both ends included. */
export interface ReleaseRange {
  readonly since?: Release;
  readonly until?: Release;
}

export function covers({ since, until }: ReleaseRange, release: Release): boolean {
  const at = releases.indexOf(release);
  return (
    at >= (since === undefined ? 0 : releases.indexOf(since)) &&
    at <= (until === undefined ? releases.length : releases.indexOf(until))
  );
}
