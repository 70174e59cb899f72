/** Public host keys as bytes (RFC 4253 section 6.6): their type, their fingerprint, and which algorithms prove them. */
import {createHash} from 'node:crypto';
import type {ServerHostKeyAlgorithm} from 'ssh2';

/** `SHA256:` and base64 without padding, as ssh prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The name that the key carries itself; undefined for bytes that are no key. */
export function typeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  if (length === 0 || length > 64 || key.length < 4 + length) return undefined;
  return key.toString('latin1', 4, 4 + length);
}

/** In order of preference; an RSA key may be proven with several hashes, SHA-1 last. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

/** All algorithms, those first whose key is known: else a server with several keys would show one that is not. */
export function algorithmsFor(knownTypes: ReadonlySet<string>): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean =>
    knownTypes.has(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm);
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))];
}
