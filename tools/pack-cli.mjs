// Packs the command linkerd-mcp for npm: what it is built to, with what that imports and nothing else, so that it installs without a
// registry.
//
//   node tools/pack-cli.mjs [FOLDER]     leaves linkerd-mcp-<version>.tgz in FOLDER, or here; prints its path
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const target = resolve(process.argv[2] ?? '.');
const root = resolve(import.meta.dirname, '..');
const built = join(root, '.cache', 'cli');
const entry = join(built, 'apps', 'cli', 'src', 'main.js');
const run = (program, args, cwd) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

run(join(root, 'node_modules', '.bin', 'nest'), ['build', '--config', 'apps/cli/nest-cli.json'], root);

/** Every file that the entry leads to, and the packages that they name. */
function closure() {
  const files = new Set([entry]);
  const packages = new Set();
  // a set gives what is added while it is walked
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const [, , name] of text.matchAll(/(\bfrom\s*|\bimport\s*\(?\s*)["']([^"'\n]+)["']/g)) {
      if (name.startsWith('.')) {
        const imported = resolve(dirname(file), name);
        if (existsSync(imported)) files.add(imported);
        else throw new Error(`${relative(built, file)} imports ${name}, which is not there`);
      } else if (!isBuiltin(name)) {
        packages.add(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/'),
        );
      }
    }
  }
  return { files: [...files], packages: [...packages].sort() };
}

/** The guide; its links lead to what is not packed. */
function readme() {
  return readFileSync(join(root, 'docs', 'cli.md'), 'utf8').replaceAll(
    /\[([^\]]+)\]\((?!https?:)[^)]+\)/g,
    '$1',
  );
}

const { name, version, description, license, engines, dependencies, overrides } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const { files, packages } = closure();
const missing = packages.filter((each) => dependencies[each] === undefined);
if (missing.length > 0) throw new Error(`the command imports what is no dependency: ${missing.join(', ')}`);

const folder = mkdtempSync(join(tmpdir(), 'pack-cli-'));
try {
  for (const file of files) {
    const place = join(folder, 'dist', relative(built, file));
    mkdirSync(dirname(place), { recursive: true });
    cpSync(file, place);
  }
  // `install` renders the chart, in which charts are links to one another
  cpSync(join(root, 'helm'), join(folder, 'helm'), { recursive: true, dereference: true });
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'README.md'), readme());
  const manifest = {
    name,
    version,
    description: `${description} This is its command, which works as "linkerd mcp" too.`,
    license,
    type: 'module',
    engines,
    bin: { 'linkerd-mcp': 'dist/apps/cli/src/main.js' },
    files: ['dist', 'helm'],
    dependencies: Object.fromEntries(packages.map((each) => [each, dependencies[each]])),
    bundleDependencies: packages,
  };
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ ...manifest, overrides: { undici: overrides.undici } }, null, 2)}\n`,
  );
  // what it was tested with is packed with it: an override is not heeded in what others depend on, and without it the client of
  // Kubernetes brings an undici that Node 20 cannot load
  cpSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
  run('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--ignore-scripts'], folder);
  mkdirSync(target, { recursive: true });
  const packed = run('npm', ['pack', '--silent', '--pack-destination', target], folder)
    .trim()
    .split('\n')
    .at(-1);
  console.log(join(target, packed));
} finally {
  rmSync(folder, { recursive: true });
}
