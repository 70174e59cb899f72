/**
 * A target that is reached over SSH: SFTP for its files, a POSIX supervisor for its jobs. Making one contacts nobody;
 * the first use does.
 */
import {posix} from 'node:path';
import type {LocalStore} from '../../cas/local/local-store.ts';
import {CosmosError} from '../../errors.ts';
import type {Now} from '../../platform/clock.ts';
import {makePosixLauncher} from '../launchers/posix/launcher.ts';
import type {Contact, JobSettings, Target} from '../target.ts';
import type {SshSession} from '../transports/ssh/session.ts';
import {realpath} from '../transports/ssh/sftp-calls.ts';
import {makeSshTransport} from '../transports/ssh/transport.ts';
import {ensureBoxId} from './box.ts';
import {readReport} from './report.ts';

export interface SshTargetOptions {
  name: string;
  /** As the settings say it: for people. */
  host: string;
  /** Absolute, or below the home of the user. */
  root: string;
  launcher: 'process' | 'docker';
  jobs: JobSettings;
  price: Target['price'];
  session: SshSession;
  store: LocalStore;
  now: Now;
  /** Values of the variables that jobs are given. */
  readEnv: (name: string) => string | undefined;
}

/** Often enough to look live; each look costs a few round trips. */
const POLL_MS = 1000;

export function makeSshTarget(options: SshTargetOptions): Target {
  const {name, host, session, jobs} = options;
  const transport = makeSshTransport(session, options.store);
  let contact: Promise<Contact> | undefined;
  const getContact = (): Promise<Contact> => {
    contact ??= makeContact(options, transport);
    // A failed contact is not remembered: the next call tries again.
    contact.catch(() => (contact = undefined));
    return contact;
  };
  return {
    name,
    host,
    root: null,
    join: (...parts) => posix.join(...parts),
    pollMs: POLL_MS,
    jobs,
    price: options.price,
    contact: getContact,
    roundTripMs: () => session.roundTripMs(),
    report: async ({image, isTrying, files = []}) =>
      readReport(session, {
        // A check tells of a folder that cannot be made beside all else that is wrong; a run ends there.
        root: isTrying ? await resolveRoot(session, options.root) : (await getContact()).root,
        image,
        isTrying,
        folders: jobs.places,
        files,
        runtime: jobs.container?.runtime ?? null,
      }),
    transport,
    launcher: makePosixLauncher({
      name: options.launcher,
      runner: session,
      files: transport,
      root: async () => (await getContact()).root,
      readEnv: options.readEnv,
    }),
    runner: session,
    close: () => session.close(),
  };
}

async function makeContact(
  {name, root: wanted, session, now}: SshTargetOptions,
  transport: Target['transport'],
): Promise<Contact> {
  const root = await resolveRoot(session, wanted);
  try {
    for (const folder of [root, posix.join(root, 'jobs'), posix.join(root, 'blobs')])
      await transport.ensureFolder(folder);
  } catch (error) {
    if (!(error instanceof CosmosError) || error.code !== 'target.failed') throw error;
    throw new CosmosError('target.failed', `The folder ${root} cannot be made on the target ${name}.`, {
      hint: `Choose one that the user may write to: cosmos target set ${name} root=FOLDER`,
      cause: error,
      facts: {target: name, root},
    });
  }
  return {root, box: await ensureBoxId(transport, session, root, now)};
}

/** Relative folders and ~/ are below the home of the user who logs in. */
async function resolveRoot(session: SshSession, wanted: string): Promise<string> {
  if (posix.isAbsolute(wanted)) return posix.normalize(wanted);
  const home = await realpath(await session.sftp(), '.');
  return posix.join(home, wanted.replace(/^~\/?/, ''));
}
