/** ssh2 takes long to load: it is asked for where a connection is made, and never at the start of a command. */
import type ssh2 from 'ssh2';

export async function loadSsh2(): Promise<typeof ssh2> {
  return (await import('ssh2')).default;
}
