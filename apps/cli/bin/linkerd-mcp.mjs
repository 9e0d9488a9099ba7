#!/usr/bin/env node
// The command of a checkout, for npx. npm links what package.json names once, and makes it executable then: a built file would not be there
// yet, and would lose that with the next build.
import { existsSync } from 'node:fs';

const built = new URL('../../../dist/apps/cli/src/main.js', import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  console.error('linkerd-mcp is not built yet: npm start builds it, and so does npm run build.');
  process.exitCode = 2;
}
