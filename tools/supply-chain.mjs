// What we ship of others: their licences, a bill of materials, and known vulnerabilities.
//
//   node tools/supply-chain.mjs
//
// Writes dist/sbom.cdx.json (CycloneDX). Ends with 1 where a licence is not allowed, or a vulnerability is known and not accepted in
// tools/accepted-advisories.json. Where the registry does not answer questions about vulnerabilities, it says that nothing was checked.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { forbiddenLicences, openAdvisories, staleAcceptances } from './supply-chain-findings.mjs';

/** What npm prints as JSON; undefined where it prints none. */
function npm(...args) {
  const { stdout } = spawnSync('npm', args, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}

const problems = [];

const bill = npm('sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev');
if (bill?.bomFormat !== 'CycloneDX') throw new Error('npm sbom gives no bill of materials: run npm ci first');
mkdirSync('dist', { recursive: true });
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(bill, null, 2)}\n`);
console.log(`dist/sbom.cdx.json: ${bill.components.length} packages that we ship`);
problems.push(...forbiddenLicences(bill.components));

const accepted = JSON.parse(readFileSync('tools/accepted-advisories.json', 'utf8'));
const audit = npm('audit', '--omit', 'dev', '--json');
if (audit?.vulnerabilities === undefined) {
  const why = audit?.message ?? 'npm audit printed nothing';
  console.log(`NOT CHECKED: the registry does not tell of vulnerabilities (${why})`);
} else {
  const open = openAdvisories(audit.vulnerabilities, accepted);
  problems.push(...open, ...staleAcceptances(audit.vulnerabilities, accepted));
  console.log(`vulnerabilities were asked for; ${accepted.length} are accepted`);
}

for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
