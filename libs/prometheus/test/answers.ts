import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Labels } from '../src/vector-sample.js';
import { KnownRows } from '../src/known-rows.js';

/** An answer of a server as its file has it: `recorded/README.md`. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `recorded/prometheus-2.42.0/vector`. */
export function storedAnswer(name: string): StoredAnswer {
  return JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8')) as StoredAnswer;
}

/** The names of all, sorted. */
export function storedAnswers(): readonly string[] {
  return ['recorded', 'written'].flatMap((how) =>
    readdirSync(join(import.meta.dirname, how), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json'))
      .map((path) => `${how}/${path.slice(0, -'.json'.length)}`)
      .sort(),
  );
}

/** What Prometheus writes for such rows. */
export function vectorText(rows: readonly string[], after = ''): string {
  return `{"status":"success","data":{"resultType":"vector","result":[${rows.join(',')}]}${after}}`;
}

/** For a query that is asked once: its rows mean their labels. */
export function labelled(): KnownRows<Labels> {
  return new KnownRows((labels) => labels);
}
