import { readFileSync } from 'node:fs';

/** Whether an engine is given a path of the folder, by the rules of .dockerignore: the last line that matches it, or a folder above it, decides. */
export function readDockerIgnore(path = '.dockerignore'): (path: string) => boolean {
  const rules = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ given: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (asked) => rules.findLast(({ pattern }) => pattern.test(asked))?.given ?? true;
}

function patternOf(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}(?:/.*)?$`);
}
