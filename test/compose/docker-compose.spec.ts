import { describe, expect, it } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { allSettings, readSettings, refuseUnknown } from '@mcp/runtime';
import { readComposeFile } from './compose-file.js';

const { services } = readComposeFile();
const text = readFileSync('docker-compose.yml', 'utf8');

/** The schema names its parts by `id`, which later drafts call otherwise; nothing refers to them. */
const schema = JSON.parse(readFileSync('test/compose/compose-spec.json', 'utf8'), (key, value: unknown) =>
  (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
) as object;
const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
const faultsOf = (file: unknown): readonly string[] =>
  validate(file)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);

describe('docker-compose.yml', () => {
  it('is what the Compose Specification takes', () => {
    expect(faultsOf(parse(text, { merge: true }))).toEqual([]);
  });

  it('is checked by a schema that finds mistakes', () => {
    const misspelt = { services: { redis: { image: 'redis', depends: ['x'] } } };
    expect(faultsOf(misspelt)).toEqual([expect.stringContaining('/services/redis')]);
  });

  it('has images of ours in the version of the product, each of which is built once', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const ours = Object.values(services).filter(({ image }) => image.startsWith('linkerd-mcp/'));
    for (const { image, build } of ours) {
      const [, app = '', tag] = /^linkerd-mcp\/(.+):(.+)$/.exec(image) ?? [];
      expect({ image, tag, is: existsSync(`apps/${app}/src/main.ts`) }).toEqual({
        image,
        tag: version,
        is: true,
      });
      if (build !== undefined) expect(build.args).toEqual({ APP: app });
      expect(ours.some((other) => other.image === image && other.build !== undefined)).toBe(true);
    }
  });

  it.each(Object.entries(services))('gives %s settings that there are', (_name, { environment = {} }) => {
    const given = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, String(value)]),
    );
    expect(() => {
      refuseUnknown(allSettings, given);
      for (const section of allSettings) readSettings(section, given);
    }).not.toThrow();
  });

  it('publishes ports on this machine only', () => {
    const published = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(published.length).toBeGreaterThan(1);
    expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});
