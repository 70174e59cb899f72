/** Randomness as a parameter: names and ids that nobody else has. */
import {randomBytes} from 'node:crypto';

/** Hexadecimal characters, two for each byte. */
export type RandomHex = (bytes: number) => string;

export const randomHex: RandomHex = (bytes) => randomBytes(bytes).toString('hex');
