/** Digests name bytes: `sha256:` and 64 lower-case hexadecimal characters. */
import {createHash} from 'node:crypto';
import {CosmosError} from '../errors.ts';

/** A checked digest. Bare strings become one only through parseDigest, bytes through digestAt. */
export type Digest = string & {readonly brand: unique symbol};

const PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** @throws CosmosError usage.invalid */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new CosmosError('usage.invalid', `"${text}" is not a digest.`, {
    hint: 'A digest is "sha256:" followed by 64 lower-case hexadecimal characters.',
  });
}

/** From hexadecimal SHA-256, as hashes and file names give it. */
export function digestOf(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The 64 characters after `sha256:`; the file name of a blob. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

export const DIGEST_BYTES = 32;

/** What the text stands for: 32 bytes. */
export function bytesOf(digest: Digest): Buffer {
  return Buffer.from(hexOf(digest), 'hex');
}

/** @param bytes at least 32; the digest is the first of them */
export function digestAt({buffer, byteOffset}: ArrayBufferView): Digest {
  return `sha256:${Buffer.from(buffer, byteOffset, DIGEST_BYTES).toString('hex')}` as Digest;
}

export function hashBytes(bytes: Uint8Array): Digest {
  return digestOf(createHash('sha256').update(bytes).digest('hex'));
}
