/**
 * The text with its control characters written out, such as \u001b, which JSON reads as the character again. What others wrote into
 * the mesh or the log could move the cursor else, or set the clipboard. Ends of lines, tabs and colours stay.
 */
export function visible(text: string): string {
  return text.replaceAll(colourOrControl, (found) => (found.length > 1 ? found : written(found)));
}

const colourOrControl =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function written(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
