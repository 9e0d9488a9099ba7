import type { Command } from 'commander';
import { commandWords, type OptionWords } from './command-words.js';

export function zshCompletion(root: Command): string {
  const commands = commandWords(root);
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, options, choices }) => {
    const specs = options.map(optionSpec);
    if (choices.length > 0) specs.push(quoted(`1:argument:(${choices.join(' ')})`));
    return `    ${name}) _arguments ${specs.join(' ')} ;;`;
  });
  return `#compdef linkerd-mcp
# completion of linkerd-mcp for zsh
_linkerd_mcp() {
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT -= 1))
  case $command in
${cases.join('\n')}
  esac
}
compdef _linkerd_mcp linkerd-mcp
`;
}

function optionSpec({ long, short, summary, values, file }: OptionWords): string {
  const text = summary.replaceAll(/[[\]:]/g, ' ');
  const value = values === undefined ? '' : `:value:${valuesSpec(values, file)}`;
  const names = short === undefined ? [long] : [short, long];
  // an option may be given several times
  return names.map((name) => quoted(`*${name}[${text}]${value}`)).join(' ');
}

function valuesSpec(values: readonly string[], file: boolean): string {
  return file ? '_files' : values.length > 0 ? `(${values.join(' ')})` : ' ';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
