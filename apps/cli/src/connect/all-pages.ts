interface Page {
  readonly nextPageToken: string;
}

/** Every page of an answer, the first first. All are of one position. */
export async function allPages<P extends Page>(
  ask: (pageToken: string) => Promise<P>,
): Promise<readonly [P, ...P[]]> {
  let page = await ask('');
  const pages: [P, ...P[]] = [page];
  while (page.nextPageToken !== '') {
    page = await ask(page.nextPageToken);
    pages.push(page);
  }
  return pages;
}
