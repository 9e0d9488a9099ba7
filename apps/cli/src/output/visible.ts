import { visibleText } from '@mcp/mesh';

/** The text as a terminal is to show it: what others wrote into the mesh or the log could move the cursor else, or set the clipboard. Colours stay. */
export function visible(text: string): string {
  const parts = text.split(colour);
  return parts.map((part, index) => (index % 2 === 1 ? part : visibleText(part))).join('');
}

// eslint-disable-next-line no-control-regex -- that is how a colour begins
const colour = /(\u001b\[[0-9;]*m)/u;
