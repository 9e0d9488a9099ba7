import { styleText } from 'node:util';

export type Tone = 'good' | 'doubtful' | 'bad' | 'faint' | 'strong';

/** Gives a text the colour of its meaning, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

const formats = {
  good: 'green',
  doubtful: 'yellow',
  bad: 'red',
  faint: 'dim',
  strong: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Whether there are colours is decided by the terminal, and not by `styleText`, which newer versions of Node let look at the process. */
export function paintFor(coloured: boolean): Paint {
  if (!coloured) return (_, text) => text;
  return (tone, text) => (text === '' ? '' : styleText(formats[tone], text, { validateStream: false }));
}
