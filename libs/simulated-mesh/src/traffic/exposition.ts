/** Labels in the order in which they are printed. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Behind the name of the family: `_bucket`, `_total`. */
  readonly suffix?: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  /** As it is written behind HELP and TYPE. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export function counterFamily(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'counter', help, samples };
}

/** In the text format of Prometheus. A family without samples is left out: a series is there after its first event only. */
export function expositionOf(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map((sample) => lineOf(name, sample)),
      ].join('\n'),
    )
    .map((text) => `${text}\n`)
    .join('');
}

function lineOf(name: string, { suffix = '', labels, value }: Sample): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const braces = written.length === 0 ? '' : `{${written.join(',')}}`;
  return `${name}${suffix}${braces} ${value}`;
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
