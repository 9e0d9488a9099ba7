import type { World } from './world.js';

/** Whether the pattern, of literals, `.`, `.*`, `|` and character classes, has no syntax error. */
export function compilesAsRegex(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u').source !== '';
  } catch {
    return false;
  }
}

/** The first match from the left, by the first alternative that matches there, must be the whole value. */
export function regexSpans(world: World, pattern: string, value: string): boolean {
  const found = new RegExp(pattern, 'u').exec(value);
  if (found === null) return false;
  const spans = found.index === 0 && found[0].length === value.length;
  if (!spans) {
    const anchored = new RegExp(`^(?:${pattern})$`, 'u').test(value);
    world.touched(anchored ? 'regex-leftmost-first' : 'regex-span');
  }
  return spans;
}
