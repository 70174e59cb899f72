/** The user's ssh agent: which keys it holds, and an agent for ssh2 that offers a choice of them. */
import type {BaseAgent, ParsedKey, SignCallback, SigningRequestOptions} from 'ssh2';
import {loadSsh2} from './load.ts';

export interface AgentKeys {
  agent: BaseAgent;
  keys: ParsedKey[];
}

/** Listing asks nobody, so an agent that takes longer hangs. */
const LIST_MS = 5000;

/** Undefined when no agent answers there. */
export async function findAgentKeys(socket: string): Promise<AgentKeys | undefined> {
  const {createAgent} = await loadSsh2();
  const agent = createAgent(socket);
  return await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), LIST_MS);
    agent.getIdentities((error, keys) => {
      clearTimeout(timer);
      resolve(error || keys === undefined ? undefined : {agent, keys: keys as unknown as ParsedKey[]});
    });
  });
}

/** Servers end the connection after a few keys: what surely does not help is not offered. */
export async function offer(agent: BaseAgent, keys: ParsedKey[]): Promise<BaseAgent> {
  const {BaseAgent: Base} = await loadSsh2();
  return new (class extends Base<ParsedKey> {
    override getIdentities(done: (error: null, keys: ParsedKey[]) => void): void {
      done(null, keys);
    }

    override sign(
      key: ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      done?: SignCallback,
    ): void {
      if (typeof options === 'function') agent.sign(key, data, options);
      else agent.sign(key, data, options, done);
    }
  })();
}
