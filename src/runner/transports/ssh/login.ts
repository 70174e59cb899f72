/**
 * How to log in, in the order that asks people least: keys of the agent that are meant for this host, the key that was
 * named, the agent's other keys, the usual key files; a passphrase is asked for last. What was tried is remembered for
 * the message, because a server says no without a reason.
 */
import type {AnyAuthMethod, ParsedKey} from 'ssh2';
import {CosmosError} from '../../../errors.ts';
import type {AgentKeys} from './agent.ts';
import {findAgentKeys, offer} from './agent.ts';
import type {HostConfig} from './config.ts';
import type {KeyFile, KeyRing} from './keys.ts';

export type LoginConfig = Pick<HostConfig, 'user' | 'identityFiles' | 'isIdentitiesOnly' | 'agent'>;

export class Login {
  readonly user: string;
  readonly tried: string[] = [];
  readonly #methods: AsyncIterator<AnyAuthMethod>;

  constructor(user: string, methods: (tried: string[]) => AsyncIterable<AnyAuthMethod>) {
    this.user = user;
    this.#methods = methods(this.tried)[Symbol.asyncIterator]();
  }

  /** The next thing to try; undefined when there is nothing left. */
  async next(): Promise<AnyAuthMethod | undefined> {
    const next = await this.#methods.next();
    return next.done === true ? undefined : next.value;
  }
}

/**
 * @param key path of the key that was named, if one was
 * @throws CosmosError file.unreadable, input.invalid about that key
 */
export async function prepareLogin(
  config: LoginConfig,
  ring: KeyRing,
  key: string | undefined,
): Promise<Login> {
  const agent = config.agent === undefined ? undefined : await findAgentKeys(config.agent);
  const named = key === undefined ? undefined : await ring.get(key, agent?.keys);
  const usual = key === undefined ? await findKeyFiles(config.identityFiles, ring) : [];
  return new Login(config.user, (tried) => listMethods({config, ring, named, usual, agent, tried}));
}

/** Files that were not named one by one may be missing, or of a kind that is of no use. */
async function findKeyFiles(paths: readonly string[], ring: KeyRing): Promise<KeyFile[]> {
  const found = await Promise.all([...new Set(paths)].map((path) => ring.find(path).catch(() => undefined)));
  return found.filter((file) => file !== undefined);
}

interface Plan {
  config: LoginConfig;
  ring: KeyRing;
  named: KeyFile | undefined;
  usual: KeyFile[];
  agent: AgentKeys | undefined;
  tried: string[];
}

async function* listMethods(plan: Plan): AsyncGenerator<AnyAuthMethod> {
  const {config, named, usual, agent} = plan;
  const files = named === undefined ? usual : [named];
  const isMeant = (key: ParsedKey): boolean =>
    files.some(({publicKey}) => publicKey?.equals(key.getPublicSSH()));
  const meant = agent?.keys.filter(isMeant) ?? [];
  const others = config.isIdentitiesOnly ? [] : (agent?.keys.filter((key) => !isMeant(key)) ?? []);
  yield* ofAgent(plan, meant);
  // Those that the agent has signed with were refused.
  const left = files.filter(({publicKey}) => !meant.some((key) => publicKey?.equals(key.getPublicSSH())));
  if (named !== undefined) yield* ofFiles(plan, left);
  yield* ofAgent(plan, others);
  if (named === undefined) yield* ofFiles(plan, left);
}

async function* ofAgent({config, agent, tried}: Plan, keys: ParsedKey[]): AsyncGenerator<AnyAuthMethod> {
  if (agent === undefined || keys.length === 0) return;
  tried.push(`the agent (${keys.length} ${keys.length === 1 ? 'key' : 'keys'})`);
  yield {type: 'agent', username: config.user, agent: await offer(agent.agent, keys)};
}

async function* ofFiles({config, ring, tried}: Plan, files: KeyFile[]): AsyncGenerator<AnyAuthMethod> {
  const username = config.user;
  for (const {path, key} of files) {
    if (key === undefined) continue;
    tried.push(path);
    yield {type: 'publickey', username, key};
  }
  for (const file of files) {
    if (file.state === 'unusable') tried.push(`${file.path} (cannot be read as a key)`);
    if (file.state !== 'encrypted') continue;
    const key = await ring.unlock(file);
    if (key === undefined) {
      tried.push(`${file.path} (encrypted, ${ring.canAsk ? 'wrong passphrase' : 'no passphrase'})`);
      continue;
    }
    tried.push(file.path);
    yield {type: 'publickey', username, key};
  }
}

/** @param methods what the server would still take, where it has said so */
export function loginRefused(login: Login, label: string, methods: readonly string[] = []): CosmosError {
  const tried = login.tried.length === 0 ? 'there was no key to try' : `tried ${login.tried.join(', ')}`;
  const isEncrypted = login.tried.some((what) => what.includes('(encrypted'));
  const others = methods.filter((method) => method !== 'publickey');
  const isKeyless = methods.length > 0 && !methods.includes('publickey');
  return new CosmosError(
    'target.refused',
    `${label} does not let ${login.user} in: ${tried}.${isKeyless ? ` It asks for ${others.join(' or ')}, which is not supported.` : ''}`,
    {
      hint: isEncrypted
        ? 'Add the key to your ssh agent (ssh-add FILE), or run the command in a terminal to be asked for the passphrase.'
        : 'Check the user name, and that the public key is in ~/.ssh/authorized_keys of that user there.',
      facts: {user: login.user, tried: [...login.tried], ...(methods.length > 0 && {methods})},
    },
  );
}
