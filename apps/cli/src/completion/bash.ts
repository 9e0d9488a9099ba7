import type { Command } from 'commander';
import { commandWords, type OptionWords } from './command-words.js';

/** For bash 3.2 and newer; needs nothing but bash. */
export function bashCompletion(root: Command): string {
  const commands = commandWords(root);
  const cases = commands.map(({ name, options, choices }) => {
    const words = [
      ...options.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]),
      ...choices,
    ];
    return `    ${name})
      case "$previous" in
${options.flatMap(valueCase).join('\n')}
      esac
      COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$current")) ;;`;
  });
  return `# completion of linkerd-mcp for bash
_linkerd_mcp() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -o default -F _linkerd_mcp linkerd-mcp
`;
}

function valueCase({ long, short, values, file }: OptionWords): readonly string[] {
  if (values === undefined) return [];
  const names = short === undefined ? long : `${short}|${long}`;
  const reply = file ? '$(compgen -f -- "$current")' : `$(compgen -W "${values.join(' ')}" -- "$current")`;
  return [`        ${names}) COMPREPLY=(${reply}); return ;;`];
}
