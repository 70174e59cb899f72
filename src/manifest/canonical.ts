/** Canonical JSON (RFC 8785): one value has one text, so that bytes and digests of documents can be compared. */
import canonicalize from 'canonicalize';

export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

/** As stored: canonical text, one line feed at the end. */
export function canonicalBytes(value: unknown): Uint8Array {
  return Buffer.from(`${canonicalText(value)}\n`, 'utf8');
}
