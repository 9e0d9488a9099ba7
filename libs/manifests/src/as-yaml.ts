import { stringify } from 'yaml';

/** Plain JSON, as YAML for people and for files. */
export function asYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
