import { Command, Option } from 'commander';
import type { ControlPlaneSettings } from '@mcp/linkerd';
import { ignoredManifests, readManifestInputs } from '@mcp/manifests';
import { type DefaultPolicy, defaultPolicies } from '@mcp/mesh';
import type { Severity } from '@mcp/policy';
import { lintManifests } from '../lint/lint-manifests.js';
import { manifestMesh } from '../lint/manifest-mesh.js';
import { anyAsBadAs, findingsText, severities } from '../output/findings.js';
import { structured } from '../output/structured.js';
import type { Run } from '../run.js';
import { fileDoc, fileFlags, manifestInputs } from './input-files.js';
import { listed, outputOption, repeated } from './options.js';

interface LintOptions {
  readonly file: readonly string[];
  readonly failOn: Severity | 'never';
  readonly complete: boolean;
  readonly output: 'table' | 'json' | 'yaml';
  readonly trustDomain?: string;
  readonly linkerdNamespace?: string;
  readonly defaultPolicy?: DefaultPolicy;
  readonly clusterNetworks?: readonly string[];
  readonly probeNetworks?: readonly string[];
}

export function lintCommand(run: Run): Command {
  return new Command('lint')
    .summary('find policy that does not do what it seems to do')
    .description(
      `Finds policy that a cluster with Linkerd would refuse, and policy that does not do what it seems to do. Works on manifests, without a cluster.
What the manifests do not show is not judged: pods are taken from the templates of Deployments and the like, and of other namespaces nothing is concluded.`,
    )
    .requiredOption(fileFlags, fileDoc, repeated)
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 where a finding is as bad as this, or worse')
        .choices([...severities, 'never'])
        .default('warning'),
    )
    .option('--complete', 'the manifests are the whole mesh: no other namespace has anything', false)
    .addOption(
      new Option('--default-policy <policy>', "the control plane's default inbound policy").choices(
        defaultPolicies,
      ),
    )
    .option('--trust-domain <domain>', "the control plane's trust domain")
    .option('-L, --linkerd-namespace <namespace>', 'the namespace of the control plane')
    .option('--cluster-networks <cidrs>', "the control plane's cluster networks", listed)
    .option('--probe-networks <cidrs>', "the control plane's probe networks", listed)
    .addOption(outputOption(['table', 'json', 'yaml']))
    .action(async (options: LintOptions) => {
      const manifests = await readManifestInputs(await manifestInputs(options.file, run));
      const mesh = manifestMesh(manifests, {
        controlPlane: controlPlaneOf(options),
        complete: options.complete,
      });
      const findings = lintManifests(manifests, mesh.view);
      const notLookedAt = ignoredManifests(manifests);
      const { objects, files } = manifests;
      if (options.output === 'table') {
        for (const { what, count } of notLookedAt) run.note(`not looked at: ${count} ${what}`);
        for (const namespace of mesh.withoutPods)
          run.note(
            `what runs in ${namespace} is not known: no manifest says it, and nothing is concluded from it`,
          );
        run.write(findingsText(findings, run.paint));
      } else {
        const answer = {
          files,
          objects: objects.length,
          notLookedAt,
          podsNotKnown: mesh.withoutPods,
          findings,
        };
        run.write(structured(answer, options.output));
      }
      if (anyAsBadAs(options.failOn, findings)) run.endBadly();
    });
}

function controlPlaneOf({
  trustDomain,
  linkerdNamespace,
  defaultPolicy,
  clusterNetworks,
  probeNetworks,
}: LintOptions): ControlPlaneSettings {
  return {
    ...(trustDomain !== undefined && { trustDomain }),
    ...(linkerdNamespace !== undefined && { controlPlaneNamespace: linkerdNamespace }),
    ...(defaultPolicy !== undefined && { defaultPolicy }),
    ...(clusterNetworks !== undefined && { clusterNetworks }),
    ...(probeNetworks !== undefined && { probeNetworks }),
  };
}
