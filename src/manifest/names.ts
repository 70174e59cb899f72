/** Ids and names. Runs and prompts have ids (`rs_`, `ps_` and hexadecimal), refs and pins have names that people choose. */
import {sha256} from '@noble/hashes/sha2.js';
import {bytesToHex, utf8ToBytes} from '@noble/hashes/utils.js';
import {CosmosError} from '../errors.ts';
import type {RandomHex} from '../platform/random.ts';
import {canonicalText} from './canonical.ts';

export function makeRunId(random: RandomHex): string {
  return `rs_${random(16)}`;
}

/** What makes a prompt this one. */
export interface PromptIdentity {
  text: string;
  negative: string | null;
  scene?: string;
  parent?: string;
}

/** The same prompt gives the same id, so that one that is used twice is one document. */
export function promptIdOf({text, negative, scene, parent}: PromptIdentity): string {
  const identity = {
    text,
    negative,
    ...(scene !== undefined && {scene}),
    ...(parent !== undefined && {parent}),
  };
  return `ps_${bytesToHex(sha256(utf8ToBytes(canonicalText(identity)))).slice(0, 32)}`;
}

/** `rs_` and eight characters: enough for people, while it is unique. */
export function shortId(id: string): string {
  return id.slice(0, 11);
}

/** Device names that Windows reserves, with or without an ending. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i;

/** Whether a ref, pin or scene may have this name on every system. */
export function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text) && !text.endsWith('.') && !RESERVED.test(text);
}

/** @throws CosmosError usage.invalid */
export function parseName(text: string, what: string): string {
  if (isName(text)) return text;
  throw new CosmosError('usage.invalid', `"${text}" cannot be the name of a ${what}.`, {
    hint: 'Use up to 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit and not ending in a dot; names that Windows reserves (con, nul, com1, …) are refused.',
  });
}

/** Makes a name from any text: what is not allowed becomes a dash. */
export function nameFrom(text: string, fallback: string): string {
  const name = text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60)
    .replace(/[.-]+$/, '');
  return isName(name) ? name : fallback;
}
