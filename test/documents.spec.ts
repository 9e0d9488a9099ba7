import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const documents = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

describe('the documents', () => {
  it.each(documents)('%s names only files that are there', (document) => {
    const text = readFileSync(document, 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)].map(([, link = '']) => link);
    const missing = links.filter((link) => !existsSync(join(dirname(document), link)));
    expect(missing).toEqual([]);
  });

  it('include a readme, and the architecture has links to check', () => {
    expect(documents).toContain('README.md');
    expect(readFileSync('ARCHITECTURE.md', 'utf8').match(/\]\(/g)?.length).toBeGreaterThan(30);
  });
});
