/**
 * Private keys of the user. A ring reads each file once and asks for each passphrase once, however many connections
 * are made with it; decrypted keys live in memory only.
 */
import {readFile} from 'node:fs/promises';
import type {ParsedKey} from 'ssh2';
import {CosmosError, isErrno} from '../../../errors.ts';
import {loadSsh2} from './load.ts';

export type AskPassphrase = (what: string) => Promise<string>;

export interface KeyFile {
  path: string;
  /** Undefined for an encrypted one, and where the file is of no use. */
  key?: ParsedKey;
  /** Bytes of the public key, where they are known without a passphrase. */
  publicKey?: Buffer;
  state: 'ready' | 'encrypted' | 'public' | 'unusable';
}

/** As ssh does. */
const MAX_TRIES = 3;

export class KeyRing {
  readonly #ask: AskPassphrase | undefined;
  readonly #files = new Map<string, Promise<KeyFile | undefined>>();
  readonly #unlocked = new Map<string, Promise<ParsedKey | undefined>>();

  #asking = 0;

  constructor(ask?: AskPassphrase) {
    this.#ask =
      ask &&
      (async (what) => {
        this.#asking++;
        try {
          return await ask(what);
        } finally {
          this.#asking--;
        }
      });
  }

  get canAsk(): boolean {
    return this.#ask !== undefined;
  }

  /** True while a person is typing: then nobody else is late. */
  get isAsking(): boolean {
    return this.#asking > 0;
  }

  /** Undefined when there is no such file. @throws CosmosError file.unreadable */
  find(path: string): Promise<KeyFile | undefined> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const found = readKeyFile(path);
    this.#files.set(path, found);
    found.then(
      (file) => file === undefined && this.#files.delete(path),
      () => this.#files.delete(path),
    );
    return found;
  }

  /**
   * The key that somebody has named: every reason why it cannot be used is an error. As with ssh the public half is
   * enough, there or beside where the private one would be, when the agent holds the other.
   */
  async get(path: string, held: readonly ParsedKey[] = []): Promise<KeyFile> {
    const file = (await this.find(path)) ?? (await this.find(`${path}.pub`));
    if (file === undefined) {
      throw new CosmosError('file.unreadable', `There is no key file ${path}.`, {
        hint: 'Give the path of a private key as key=PATH. Left out, your ssh agent and the usual keys are tried.',
        facts: {path},
      });
    }
    if (file.state === 'public' && held.some((key) => file.publicKey?.equals(key.getPublicSSH())))
      return file;
    if (file.state === 'public') {
      throw new CosmosError(
        'input.invalid',
        `${file.path} is a public key; the login needs the private one.`,
        {
          hint: `Give the private key, usually ${file.path.replace(/\.pub$/, '')} without ".pub", or add it to your ssh agent (ssh-add FILE).`,
          facts: {path: file.path},
        },
      );
    }
    if (file.state === 'unusable') {
      throw new CosmosError('input.invalid', `${path} holds no private key that can be read.`, {
        hint: 'Give a private key as OpenSSH or PuTTY writes them (RSA, ECDSA or Ed25519; not one of a security key).',
        facts: {path},
      });
    }
    return file;
  }

  /** Undefined when nobody can be asked, or nobody knew the passphrase. */
  unlock(file: KeyFile): Promise<ParsedKey | undefined> {
    if (file.key !== undefined || this.#ask === undefined) return Promise.resolve(file.key);
    const known = this.#unlocked.get(file.path);
    if (known !== undefined) return known;
    const key = decrypt(file.path, this.#ask);
    this.#unlocked.set(file.path, key);
    key.catch(() => this.#unlocked.delete(file.path));
    return key;
  }
}

async function decrypt(path: string, ask: AskPassphrase): Promise<ParsedKey | undefined> {
  const bytes = await readKey(path);
  for (let tries = 0; tries < MAX_TRIES && bytes !== undefined; tries++) {
    const passphrase = await ask(path);
    if (passphrase === '') return undefined;
    const key = await parse(bytes, passphrase);
    if (!(key instanceof Error)) return key;
  }
  return undefined;
}

async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const bytes = await readKey(path);
  if (bytes === undefined) return undefined;
  const key = await parse(bytes);
  if (key instanceof Error) {
    if (!/no passphrase given/.test(key.message)) return {path, state: 'unusable'};
    const beside = await readKey(`${path}.pub`);
    const pair = beside && (await parse(beside));
    return {
      path,
      state: 'encrypted',
      ...(pair && !(pair instanceof Error) && {publicKey: pair.getPublicSSH()}),
    };
  }
  const publicKey = key.getPublicSSH();
  return key.isPrivateKey() ? {path, key, publicKey, state: 'ready'} : {path, publicKey, state: 'public'};
}

async function readKey(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    const isFolder = isErrno(error, 'EISDIR');
    throw new CosmosError(
      'file.unreadable',
      isFolder ? `${path} is a folder, not a key file.` : `Cannot read the key file ${path}.`,
      {
        hint: isFolder
          ? 'Name the private key in it.'
          : 'Make it readable for you, and for nobody else (chmod 600).',
        cause: error,
        facts: {path},
      },
    );
  }
}

/** ssh2 gives a list for the formats that may hold several keys; OpenSSH writes one. */
async function parse(bytes: Buffer, passphrase?: string): Promise<ParsedKey | Error> {
  const {utils} = await loadSsh2();
  const parsed = utils.parseKey(bytes, passphrase) as ParsedKey | ParsedKey[] | Error;
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('no key')) : parsed;
}
