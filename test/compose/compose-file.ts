import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export type Condition = 'service_healthy' | 'service_completed_successfully';

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly args: Readonly<Record<string, string>> };
  readonly profiles?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  /** `source:target` or `source:target:ro`. */
  readonly volumes?: readonly string[];
  /** `127.0.0.1:10910:10900`. */
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly ['CMD', ...string[]] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: Condition }>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, null>>;
}

/** docker-compose.yml, with `${NAME:-otherwise}` as Compose reads it in that environment. */
export function readComposeFile(environment: Readonly<Record<string, string>> = {}): ComposeFile {
  const fill = (text: string): string =>
    text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) => {
      const given = environment[name] ?? '';
      return given === '' ? otherwise : given;
    });
  const file: unknown = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
  // strings are filled in after the file is read, so that what is put in is never structure
  return JSON.parse(JSON.stringify(file), (_key, value: unknown) =>
    typeof value === 'string' ? fill(value) : value,
  ) as ComposeFile;
}
