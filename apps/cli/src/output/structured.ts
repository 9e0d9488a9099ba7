import { asYaml } from '@mcp/manifests';

/** Plain JSON for programs, in one of the two ways to write it. */
export function structured(value: unknown, format: 'json' | 'yaml'): string {
  return format === 'yaml' ? asYaml(value) : `${JSON.stringify(value, null, 2)}\n`;
}
