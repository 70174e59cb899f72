/**
 * What every command shares: finding and closing the workspace, errors as people read them, exit codes from one switch.
 * stdout belongs to the result, or with --json to one JSON document (NDJSON where a command says so); all else is stderr.
 */
import {homedir, userInfo} from 'node:os';
import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {CosmosError, EXIT, isErrno} from '../errors.ts';
import {explainDiskError} from '../platform/publish.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {plural} from '../views/format.ts';
import {findWorkspace} from '../workspace/discover.ts';
import {openWorkspace, type Workspace} from '../workspace/workspace.ts';
import {jsonOf, jsonOfBug, textOf, textOfBug} from './error-output.ts';
import {asUsageError} from './usage-error.ts';
import {ownOutputErrors} from './write-out.ts';

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    workspace: Flags.string({
      description: 'folder of the workspace; else COSMOS_WORKSPACE, else the nearest one above',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
    }),
  };

  protected override init(): Promise<unknown> {
    ownOutputErrors();
    return super.init();
  }

  /** Opens the workspace that the command is about, and closes it whatever happens. */
  protected async inWorkspace<T>(
    flags: {workspace?: string | undefined},
    work: (workspace: Workspace) => Promise<T>,
  ): Promise<T> {
    const workspace = await this.openWorkspace(flags);
    try {
      return await work(workspace);
    } finally {
      await workspace.close();
    }
  }

  /** For commands that hand the workspace on; they close it themselves. */
  protected async openWorkspace(flags: {workspace?: string | undefined}): Promise<Workspace> {
    const root = await this.findRoot(flags);
    const workspace = await openWorkspace(root, {
      actor: this.actor,
      env: process.env,
      home: homedir(),
      onWait: (message) => this.tell(message),
    });
    if (workspace.rebuilt) this.#tellRebuilt(workspace.rebuilt);
    return workspace;
  }

  #tellRebuilt({documents, blobs, invalid}: NonNullable<Workspace['rebuilt']>): void {
    if (documents + blobs + invalid.length === 0) return;
    this.tell(
      `the catalog was missing or unreadable and was made again: ${plural(documents, 'document')}, ${plural(blobs, 'blob')}`,
    );
    for (const {reason} of invalid) this.tell(`left out: ${reason}`);
    if (invalid.length > 0) this.tell('"cosmos verify" names what cannot be read until it is mended');
  }

  protected findRoot({workspace}: {workspace?: string | undefined}): Promise<string> {
    return findWorkspace({flag: workspace, env: process.env, startFolder: workingFolder()});
  }

  /** Who acts, for journals and events. */
  protected get actor(): string {
    return `cosmos ${(this.id ?? '').replaceAll(':', ' ')}`;
  }

  /** The person at the keyboard, for pins; the system's user name. */
  protected get person(): string {
    try {
      return userInfo().username;
    } catch {
      return 'unknown';
    }
  }

  /** One line on stderr; never part of a result. */
  protected tell(message: string): void {
    process.stderr.write(`cosmos: ${message}\n`);
  }

  /** Lines of a result; silent with --json. */
  protected print(lines: string | readonly string[]): void {
    const text = typeof lines === 'string' ? lines : lines.join('\n');
    if (text !== '') this.log(text);
  }

  /** The command has its result, and the result is not a success. */
  protected endWith(code: number): void {
    process.exitCode = code;
  }

  protected override catch(error: Error): Promise<void> {
    // Whoever read the output has left, as in "cosmos list | head": that is no failure.
    if (isErrno(error, 'EPIPE')) return Promise.resolve();
    const explained = isErrno(error) ? explainDiskError(error, error.path ?? 'a file') : error;
    const known = explained instanceof CosmosError ? explained : asUsageError(error, this.ctor);
    process.exitCode = known?.exitCode ?? EXIT.failure;
    if (this.jsonEnabled()) this.logJson(known ? jsonOf(known) : jsonOfBug(error));
    else process.stderr.write(known ? textOf(known) : textOfBug(error));
    return Promise.resolve();
  }
}
