// Makes a token file with one token, for trying out; leaves one that is there as it is. Prints what a client sends.
//   node /app/token-file.js /tokens/tokens.csv
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const path = process.argv[2] ?? 'tokens.csv';
try {
  writeFileSync(path, `${randomBytes(24).toString('base64url')},operator\n`, { flag: 'wx', mode: 0o444 });
} catch (error) {
  if (error.code !== 'EEXIST') throw error;
}
const [token] = readFileSync(path, 'utf8').split(',');
process.stdout.write(`authorization: Bearer ${token}\n`);
