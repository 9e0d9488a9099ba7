/** Each value that is given as `--name=value` or `--name value`, in order. Empty text where the value is left out. */
export function flagValues(args: readonly string[], name: string): readonly string[] {
  return args.flatMap((argument, index) => {
    if (argument === `--${name}`) return [args[index + 1] ?? ''];
    return argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : [];
  });
}
