// The rules follow from rooms.json, which is the one place to change them.
import { readFileSync } from 'node:fs';

const { rooms, apps, exemptions } = JSON.parse(
  readFileSync(new URL('./rooms.json', import.meta.url), 'utf8'),
);
/** Specs, contract suites, benchmarks, and the folders of what only they need. */
const tests = '\\.(spec|contract|bench)\\.ts$|^(apps|libs)/[^/]+/test/';
const frontDoor = (room) => `^libs/${room}/src/index\\.ts$`;
const contractOf = (room) => `^libs/${room}/src/.*\\.contract\\.ts$`;

for (const [name, room] of Object.entries(rooms)) {
  for (const imported of room.imports) {
    const other = rooms[imported];
    if (other === undefined) throw new Error(`rooms.json: ${name} imports ${imported}, which is no room`);
    if (other.ring > room.ring) throw new Error(`rooms.json: ${name} imports ${imported} of a higher ring`);
    if (room.pure && !other.pure)
      throw new Error(`rooms.json: ${name} is pure and imports ${imported}, which is not`);
  }
}

const roomRules = Object.entries(rooms).flatMap(([name, room]) => [
  {
    name: `room-${name}`,
    comment: `libs/${name} may enter ${room.imports.join(', ') || 'no other room'}, by the front door (rooms.json)`,
    severity: 'error',
    from: { path: `^libs/${name}/src`, pathNot: tests },
    to: { path: '^(libs|apps)/', pathNot: [`^libs/${name}/src`, ...room.imports.map(frontDoor)] },
  },
  {
    name: `tests-of-${name}`,
    comment: `tests of libs/${name} may also use the contracts of the rooms it enters, and the room of test servers`,
    severity: 'error',
    from: { path: [`^libs/${name}/src/.*\\.(spec|contract|bench)\\.ts$`, `^libs/${name}/test/`] },
    to: {
      path: '^(libs|apps)/',
      pathNot: [
        `^libs/${name}/`,
        ...room.imports.flatMap((imported) => [frontDoor(imported), contractOf(imported)]),
        frontDoor('testing'),
      ],
    },
  },
  ...(room.pure
    ? [
        {
          name: `pure-${name}`,
          comment: `libs/${name} is pure: no Node built-in`,
          severity: 'error',
          from: { path: `^libs/${name}/src`, pathNot: `${tests}|/gen/` },
          to: { dependencyTypes: ['core'] },
        },
      ]
    : []),
]);

const appRules = Object.entries(apps).map(([name, imports]) => ({
  name: `app-${name}`,
  comment: `apps/${name} may enter ${imports.join(', ')} (rooms.json)`,
  severity: 'error',
  from: { path: `^apps/${name}/`, pathNot: tests },
  to: {
    path: '^(libs|apps)/',
    pathNot: [
      `^apps/${name}/`,
      ...imports.map((entry) =>
        entry.startsWith('app:') ? `^apps/${entry.slice(4)}/src/index\\.ts$` : frontDoor(entry),
      ),
    ],
  },
}));

const drivers = Object.entries(rooms).flatMap(([room, { drivers = [] }]) =>
  drivers.map((driver) => ({ driver, rooms: [room, ...(exemptions[driver] ?? [])] })),
);
const anyDriver = Object.entries(rooms)
  .filter(([, room]) => room.anyDriver)
  .map(([name]) => name);
const driverRules = drivers.map(({ driver, rooms: allowed }) => ({
  name: `driver-${driver}`,
  comment: `only ${allowed.join(', ')} may import ${driver}`,
  severity: 'error',
  from: { path: '^(libs|apps)/', pathNot: `^libs/(${[...allowed, ...anyDriver].join('|')})/|${tests}` },
  to: { path: `(^|node_modules/)${driver}(/|$)` },
}));

export default {
  forbidden: [
    ...roomRules,
    ...appRules,
    ...driverRules,
    {
      name: 'nest-at-the-edge',
      comment: 'Nest composes; it does not reach the domain',
      severity: 'error',
      from: { path: '^libs/', pathNot: '^libs/(grpc|testing)/' },
      to: { path: 'node_modules/@nestjs/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
