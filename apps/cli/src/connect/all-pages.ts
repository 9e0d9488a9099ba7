import type { Run } from '../run.js';

interface Page {
  readonly nextPageToken: string;
}

/** Every page of an answer, the first first. All are of one position. Whoever watches sees how far it is. */
export async function allPages<P extends Page>(
  run: Run,
  ask: (pageToken: string) => Promise<P>,
): Promise<readonly [P, ...P[]]> {
  let page = await ask('');
  const pages: [P, ...P[]] = [page];
  while (page.nextPageToken !== '') {
    run.progress(`${pages.length} pages read`);
    page = await ask(page.nextPageToken);
    pages.push(page);
  }
  run.progress('');
  return pages;
}
