import { timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Actor } from '@mcp/events';
import { NotAuthenticated, type Authenticator } from './authenticator.js';
import { bearerToken, digestOf } from './bearer-token.js';

/** The file cannot be read, or is no token file. */
export class TokenFileUnusable extends Error {
  readonly code = 'TOKEN_FILE_UNUSABLE';
}

interface KnownToken {
  readonly digest: Buffer;
  readonly name: string;
}

/** How long the file is taken for unchanged; what a revoked token still works at most. */
const lookEveryMs = 1_000;

/** Shorter ones can be guessed: 16 characters of base64 are 96 bits. */
const shortestToken = 16;

/**
 * Knows callers by the tokens of a file: one `token,name` a line, blank lines and lines that begin with `#` aside. The file is read again
 * when it has changed; one that has become unusable is reported and the tokens known before it stay, so that a half-written
 * file locks nobody out.
 */
export class TokenFile implements Authenticator {
  #lookedAt: number;

  private constructor(
    private readonly path: string,
    private readonly onUnusable: (error: Error) => void,
    private readonly now: () => number,
    private known: readonly KnownToken[],
    private stamp: string,
  ) {
    this.#lookedAt = now();
  }

  /** Fails with `TokenFileUnusable`. */
  static async open(
    path: string,
    onUnusable: (error: Error) => void,
    now: () => number = Date.now,
  ): Promise<TokenFile> {
    const { known, stamp } = await load(path);
    return new TokenFile(path, onUnusable, now, known, stamp);
  }

  async authenticate(authorization: string | undefined): Promise<Actor> {
    await this.#refresh();
    const digest = digestOf(bearerToken(authorization));
    let name: string | undefined;
    // all are looked at, so that the time tells nothing
    for (const known of this.known) if (timingSafeEqual(known.digest, digest)) name = known.name;
    if (name === undefined) throw new NotAuthenticated('the token is not known');
    return { name, provenBy: 'token' };
  }

  async #refresh(): Promise<void> {
    if (this.now() - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = this.now();
    try {
      if ((await stampOf(this.path)) === this.stamp) return;
      const { known, stamp } = await load(this.path);
      this.known = known;
      this.stamp = stamp;
    } catch (error) {
      this.onUnusable(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

async function load(path: string): Promise<{ known: readonly KnownToken[]; stamp: string }> {
  try {
    const stamp = await stampOf(path);
    return { known: parse(await readFile(path, 'utf8')), stamp };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TokenFileUnusable(`token file ${path}: ${why} (TOKEN_FILE_UNUSABLE)`, { cause: error });
  }
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs} ${size} ${ino}`;
}

/** Names lines by number only: what stands in them is secret. */
function parse(text: string): KnownToken[] {
  const known = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const comma = line.indexOf(',');
    const token = line.slice(0, comma).trim();
    const name = line.slice(comma + 1).trim();
    if (comma < 0 || name === '' || name.length > 253) throw new Error(`line ${index + 1} is not token,name`);
    if (token.length < shortestToken || /\s/.test(token)) {
      throw new Error(`the token of line ${index + 1} has spaces or fewer than ${shortestToken} characters`);
    }
    return [{ digest: digestOf(token), name }];
  });
  if (known.length === 0) throw new Error('it has no token');
  if (new Set(known.map(({ digest }) => digest.toString('hex'))).size < known.length) {
    throw new Error('it has a token twice');
  }
  return known;
}
