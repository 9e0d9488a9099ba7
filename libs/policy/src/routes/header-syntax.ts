/** A token of RFC 9110, which the name of a header is. */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
}

/**
 * Whether Linkerd takes the text as the value of a header: anything but control characters; a tab is allowed, and what is not ASCII
 * too, whatever the documentation of the type says.
 * Source: crate http, src/header/value.rs, HeaderValue::from_str.
 */
export function isHeaderValue(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}

/** Whether a header surely arrives with this value: blanks around it are no part of it, and what is not ASCII is written in several ways. */
export function arrivesAsHeaderValue(text: string): boolean {
  return /^([!-~]([\t -~]*[!-~])?)?$/.test(text);
}
