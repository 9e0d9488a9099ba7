// Generates what follows from proto/: the TypeScript contracts, and the descriptor set that reflection serves.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const buf = join('node_modules', '.bin', 'buf');
execFileSync(buf, ['generate'], { stdio: 'inherit' });

const folder = mkdtempSync(join(tmpdir(), 'descriptor-'));
try {
  const image = join(folder, 'image.binpb');
  execFileSync(buf, ['build', '-o', image], { stdio: 'inherit' });
  const lines =
    readFileSync(image)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  writeFileSync(
    join('libs', 'contracts', 'src', 'gen', 'descriptor-set.ts'),
    `/** The FileDescriptorSet of proto/, in base64. */\nexport const descriptorSetBase64 =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
