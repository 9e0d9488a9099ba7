import { lint, PolicyIndex } from '@mcp/policy';
import type { RawObject } from '../../test/conformance/corpus.js';
import { meshOf } from '../../test/conformance/situation.js';
import type { BenchmarkResult } from '../benchmark.js';
import { interleaved, pairedRatio, spreadOf } from '../figures.js';
import { ms, number, ratio } from '../words.js';
import { cluster, governedMesh } from './governed-mesh.js';

/** All findings about a mesh, against looking at its objects once. */
export async function findings(quick: boolean): Promise<BenchmarkResult> {
  const rounds = quick ? 2 : 9;
  const resources = governedMesh(quick ? 4 : 20);
  const view = meshOf(cluster, resources as readonly unknown[] as readonly RawObject[]);
  let found = 0;
  const measured = await interleaved(rounds, {
    lint: () => {
      const unseen = structuredClone(view);
      const begun = performance.now();
      found = [...lint(new PolicyIndex(unseen))].length;
      return Promise.resolve(performance.now() - begun);
    },
    once: () => {
      const begun = performance.now();
      JSON.stringify([...view.namespaces.values()]);
      return Promise.resolve(performance.now() - begun);
    },
  });
  return {
    rows: [
      {
        what: 'lint of that mesh, nothing worked out before',
        ours: ms(spreadOf(measured.lint)),
        baseline: ms(spreadOf(measured.once)),
        ratio: ratio(pairedRatio(measured.lint, measured.once)),
      },
    ],
    notes: [
      `Lint: of the mesh of the verdicts; ${number(found)} findings. Its baseline: JSON.stringify of the same view.`,
    ],
  };
}
