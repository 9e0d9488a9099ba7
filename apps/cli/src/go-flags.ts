const switches = new Set(['verbose', 'proxy', 'pre', 'cni-enabled']);

/**
 * The arguments with the flags that Linkerd hands to its extensions as we read them: it writes every one as `--name=value`, switches too,
 * and lists as Go prints them.
 * Source: linkerd2 cli/cmd/check.go, getExtensionCheckFlags.
 */
export function withoutGoForms(args: readonly string[]): readonly string[] {
  return args.flatMap((arg) => {
    const [, name = '', value = ''] = /^--([a-z-]+)=(.*)$/s.exec(arg) ?? [];
    if (switches.has(name) && value === 'false') return [];
    if (switches.has(name) && value === 'true') return [`--${name}`];
    const [, list] = name === 'as-group' ? (/^\[(.*)\]$/.exec(value) ?? []) : [];
    if (list === undefined) return [arg];
    return list === '' ? [] : list.split(',').map((group) => `--as-group=${group}`);
  });
}
