import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Rooms {
  readonly rooms: Readonly<
    Record<
      string,
      { readonly pure: boolean; readonly imports: readonly string[]; readonly drivers?: readonly string[] }
    >
  >;
  readonly apps: Readonly<Record<string, readonly string[]>>;
}

const root = process.cwd();
const { rooms, apps } = JSON.parse(readFileSync(join(root, 'rooms.json'), 'utf8')) as Rooms;

/** A house with every room empty, and one violation a file. Apart from the real tree, so that nothing else sees it. */
const house = mkdtempSync(join(tmpdir(), 'rooms-'));
const violations: {
  readonly what: string;
  readonly file: string;
  readonly rule: string;
  readonly text: string;
}[] = [];

function inject(what: string, file: string, rule: string, text: string): void {
  violations.push({ what, file, rule, text });
}

for (const [room, { pure, imports }] of Object.entries(rooms)) {
  const forbidden = Object.keys(rooms).find((other) => other !== room && !imports.includes(other));
  if (forbidden !== undefined) {
    inject(
      `libs/${room} enters ${forbidden}, which is not its to enter`,
      `libs/${room}/src/trespass.ts`,
      `room-${room}`,
      `import '@mcp/${forbidden}';`,
    );
  }
  const allowed = imports[0];
  if (allowed !== undefined) {
    inject(
      `libs/${room} enters ${allowed} by the window`,
      `libs/${room}/src/window.ts`,
      `room-${room}`,
      `import '../../${allowed}/src/inside.js';`,
    );
  }
  if (pure)
    inject(
      `libs/${room} is pure and reads files`,
      `libs/${room}/src/impure.ts`,
      `pure-${room}`,
      `import 'node:fs';`,
    );
}
for (const [room, { drivers = [] }] of Object.entries(rooms)) {
  for (const driver of drivers) {
    const stranger = room === 'mesh' ? 'events' : 'mesh';
    const file = `libs/${stranger}/src/drives-${driver.replace(/\W/g, '-')}.ts`;
    inject(
      `libs/${stranger} imports ${driver}, the driver of ${room}`,
      file,
      `driver-${driver}`,
      `import '${driver}';`,
    );
  }
}
for (const app of Object.keys(apps).filter((name) => name !== 'all-in-one')) {
  const other = Object.keys(apps).find((name) => name !== app) ?? '';
  inject(
    `apps/${app} imports ${other}`,
    `apps/${app}/src/neighbour.ts`,
    `app-${app}`,
    `import '../../${other}/src/index.js';`,
  );
}
inject('a room reaches for Nest', 'libs/graph/src/nest.ts', 'nest-at-the-edge', `import '@nestjs/common';`);
inject(
  'two files import each other',
  'libs/mesh/src/a.ts',
  'no-circular',
  `import './b.js'; export const a = 1;`,
);

let found: readonly string[] = [];

beforeAll(() => {
  for (const file of ['rooms.json', '.dependency-cruiser.mjs', 'tsconfig.json', 'package.json'])
    cpSync(join(root, file), join(house, file));
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(house, file)), { recursive: true });
    writeFileSync(join(house, file), `${text}\nexport {};\n`);
  };
  for (const room of Object.keys(rooms)) {
    write(`libs/${room}/src/index.ts`, '');
    write(`libs/${room}/src/inside.ts`, '');
  }
  for (const app of Object.keys(apps)) write(`apps/${app}/src/index.ts`, '');
  write('libs/mesh/src/b.ts', `import './a.js';`);
  for (const { file, text } of violations) write(file, text);
  const depcruise = join(root, 'node_modules', '.bin', 'depcruise');
  const { stdout } = spawnSync(
    depcruise,
    ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'libs', 'apps'],
    {
      cwd: house,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  const report = JSON.parse(stdout) as {
    summary: { violations: { from: string; rule: { name: string } }[] };
  };
  found = report.summary.violations.map(({ from, rule }) => `${from} ${rule.name}`);
}, 60_000);

afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('the room rules', () => {
  it.each(violations)('catch that $what', ({ file, rule }) => {
    expect(found).toContain(`${file} ${rule}`);
  });

  it('find nothing wrong with the front doors', () => {
    expect(found.filter((line) => line.includes('/index.ts '))).toEqual([]);
  });
});
