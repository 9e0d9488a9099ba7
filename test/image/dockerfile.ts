import { type Copy, DockerfileParser, type From, type JSONInstruction } from 'dockerfile-ast';
import { readFileSync } from 'node:fs';

export interface Stage {
  readonly name: string;
  /** An image of a registry, or the name of an earlier stage. */
  readonly base: string;
  readonly steps: readonly Step[];
}

export type Step =
  | {
      readonly kind: 'copy';
      /** The stage it comes from; undefined: what the folder of the Dockerfile holds. */
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  /** `argv` as it is executed, without a shell. */
  | { readonly kind: 'run'; readonly argv: readonly string[] }
  | { readonly kind: 'entrypoint'; readonly argv: readonly string[] }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'arg'; readonly name: string };

/** The stages of a Dockerfile in their order. Fails on what the project's own does not have: it would go untested. */
export function readDockerfile(path = 'Dockerfile'): readonly Stage[] {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  const defaults = new Map<string, string>();
  for (const instruction of DockerfileParser.parse(readFileSync(path, 'utf8')).getInstructions()) {
    const stage = stages.at(-1);
    const keyword = instruction.getKeyword();
    const words = instruction.getArguments().map((argument) => argument.getValue());
    if (keyword === 'FROM') {
      const from = instruction as From;
      const base = withDefaults(from.getImage() ?? '', defaults);
      stages.push({ name: from.getBuildStage() ?? 'image', base, steps: [] });
    } else if (keyword === 'ARG' && stage === undefined) {
      const [name = '', value = ''] = (words[0] ?? '').split('=');
      defaults.set(name, value);
    } else if (stage !== undefined) {
      stage.steps.push(stepOf(keyword, words, instruction));
    }
  }
  return stages;
}

function stepOf(keyword: string, words: readonly string[], instruction: unknown): Step {
  switch (keyword) {
    case 'COPY': {
      const from = (instruction as Copy).getFromFlag()?.getValue() ?? undefined;
      return { kind: 'copy', from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
    }
    case 'RUN':
    case 'ENTRYPOINT': {
      const argv = (instruction as JSONInstruction).getJSONStrings().map((text) => text.getJSONValue());
      if (argv.length === 0) throw new Error(`${keyword} ${words.join(' ')}: not in the form of a list`);
      return { kind: keyword === 'RUN' ? 'run' : 'entrypoint', argv };
    }
    case 'USER':
      return { kind: 'user', user: words[0] ?? '' };
    case 'ARG':
      return { kind: 'arg', name: words[0] ?? '' };
    default:
      throw new Error(`${keyword}: the tests cannot replay it`);
  }
}

function withDefaults(text: string, defaults: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => defaults.get(name) ?? '');
}
