/**
 * The text with its control characters and marks of direction written out, such as \u001b, which JSON reads as the character again: what somebody
 * else wrote shows as what it is, and does nothing where it is shown. Ends of lines and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replaceAll(controls, written);
}

const controls =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function written(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
