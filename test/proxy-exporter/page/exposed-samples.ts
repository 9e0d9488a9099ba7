/** The samples of a page, by everything before the value. Reads only what this exporter prints. */
export const samplesOf = (page: string): ReadonlyMap<string, number> =>
  new Map(
    page
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))] as const;
      }),
  );

/** The sum over the series of a family that have all of these parts. */
export function sumOf(page: string, family: string, ...parts: readonly string[]): number | undefined {
  const found = [...samplesOf(page)].filter(
    ([name]) => name.startsWith(`${family}{`) && parts.every((part) => name.includes(part)),
  );
  return found.length === 0 ? undefined : found.reduce((sum, [, value]) => sum + value, 0);
}
