import { describe, expect, it } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readDockerIgnore } from './docker-ignore.js';
import { readDockerfile } from './dockerfile.js';

const stages = readDockerfile();
const lint = (text: string): unknown[] => validate(text).map(({ message }) => message);

describe('the Dockerfile', () => {
  it('is without a finding', () => {
    expect(lint(readFileSync('Dockerfile', 'utf8'))).toEqual([]);
  });

  it('is looked at by a linter that finds mistakes', () => {
    expect(lint('FROM node:24\nRNU ["a"]\n')).toEqual([expect.stringContaining('RNU')]);
  });

  it('takes every image from an earlier stage or from a version of one base', () => {
    const names = stages.map(({ name }) => name);
    const foreign = stages.filter(({ base }, n) => !names.slice(0, n).includes(base)).map(({ base }) => base);
    expect(new Set(foreign).size).toBe(1);
    expect(foreign[0]).toMatch(/^node:\d+\.\d+\.\d+-bookworm-slim$/);
  });

  it('runs nothing but the scripts of tools/image, each of which can be executed', () => {
    const scripts = stages.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'run' ? [step.argv.join(' ')] : [])),
    );
    const there = readdirSync('tools/image').filter((name) => name.endsWith('.sh'));
    expect([...scripts].sort()).toEqual(there.map((name) => `/src/tools/image/${name}`).sort());
    expect(there.filter((name) => (statSync(join('tools/image', name)).mode & 0o111) !== 0o111)).toEqual([]);
  });

  it('leaves the app to a user with a number who is not root', () => {
    expect(stages.at(-1)?.steps.filter(({ kind }) => kind === 'user')).toEqual([
      { kind: 'user', user: '65532:65532' },
    ]);
  });

  it('copies what .dockerignore lets in', () => {
    const given = readDockerIgnore();
    const copied = stages.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'copy' && step.from === undefined ? step.sources : [])),
    );
    expect(copied.filter((path) => !given(path.replace(/\/$/, '')))).toEqual([]);
  });
});

describe('.dockerignore', () => {
  it.each([
    ['package.json', true],
    ['apps/collector/src/main.ts', true],
    ['tools/image/install.sh', true],
    ['apps/collector/src/collector.spec.ts', false],
    ['libs/redis/src/redis-contract.int.spec.ts', false],
    ['apps/mcp-api/test/served-api.ts', false],
    ['libs/testing/src/index.ts', false],
    ['node_modules/ioredis/package.json', false],
    ['.data/log', false],
    ['tokens.csv', false],
  ])('lets %s in: %s', (path, given) => {
    expect(readDockerIgnore()(path)).toBe(given);
  });
});
