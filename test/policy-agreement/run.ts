import { agreementOn } from './agreement.js';
import { leftOpen } from './left-open.js';
import { rules } from './rules.js';

// npm run agreement -- [clusters] [seed]
const [count = '100000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
const { clusters, answers, unknown, perRule, disagreements } = agreementOn(Number(seed), Number(count));

const rare = Object.entries(perRule).sort(([, a], [, b]) => a - b);
for (const [rule, times] of rare)
  process.stdout.write(`${String(times).padStart(9)}  ${rule}: ${rules[rule as keyof typeof rules]}\n`);
for (const [reason, times] of unknown)
  process.stdout.write(`${String(times).padStart(9)}  left open: ${reason}\n`);
for (const { id, asked, naive, product } of disagreements.slice(0, 20))
  process.stdout.write(
    `${id}: asked ${JSON.stringify(asked)}\n  naive   ${JSON.stringify(naive)}\n  product ${JSON.stringify(product)}\n`,
  );
const never = rare.filter(([, times]) => times === 0).length;
const unforeseen = [...unknown.keys()].filter((reason) => !leftOpen.includes(reason)).length;
process.stdout.write(
  `seed ${seed}: ${clusters} clusters, ${answers} answers, ${disagreements.length} disagreements, ` +
    `${never} rules never exercised, ${unforeseen} unforeseen reasons to leave it open\n`,
);
process.exitCode = disagreements.length + never + unforeseen === 0 ? 0 : 1;
