/**
 * What every command shares: finding and closing the workspace, errors as people read them, exit codes from one switch.
 * stdout belongs to the result, or with --json to one JSON document (NDJSON where a command says so); all else is stderr.
 */
import {homedir, userInfo} from 'node:os';
import {Command, Flags} from '@oclif/core';
import {CosmosError, EXIT} from '../errors.ts';
import {workingFolder} from '../platform/working-folder.ts';
import {findWorkspace} from '../workspace/discover.ts';
import {openWorkspace, type Workspace} from '../workspace/workspace.ts';

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    workspace: Flags.string({
      description: 'folder of the workspace; else COSMOS_WORKSPACE, else the nearest one above',
      helpGroup: 'GLOBAL',
      helpValue: 'DIR',
    }),
  };

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
    if (workspace.rebuilt && workspace.rebuilt.documents + workspace.rebuilt.blobs > 0)
      this.tell(
        `the catalog was missing or unreadable and was made again: ${workspace.rebuilt.documents} documents, ${workspace.rebuilt.blobs} blobs`,
      );
    return workspace;
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

  protected override async catch(error: Error & {exitCode?: number; oclif?: {exit?: number}}): Promise<void> {
    if (error instanceof CosmosError) {
      process.exitCode = error.exitCode;
      if (this.jsonEnabled()) this.logJson(jsonOf(error));
      else process.stderr.write(textOf(error));
      return;
    }
    if (error.oclif !== undefined) {
      if (this.jsonEnabled()) {
        process.exitCode = error.oclif.exit ?? EXIT.usage;
        this.logJson({error: {code: 'usage.invalid', message: error.message, hint: null, facts: {}}});
        return;
      }
      throw error;
    }
    process.exitCode = EXIT.failure;
    if (this.jsonEnabled())
      this.logJson({error: {code: 'bug', message: error.message, hint: null, facts: {}}});
    else
      process.stderr.write(`cosmos: this is a mistake in cosmos itself: ${error.stack ?? error.message}\n`);
    return Promise.resolve();
  }
}

function textOf(error: CosmosError): string {
  const hint = error.hint === undefined ? '' : `${error.hint}\n`;
  return `cosmos: ${error.message}\n${hint}(${error.code}, exit ${error.exitCode}; docs/errors.md)\n`;
}

function jsonOf(error: CosmosError): Record<string, unknown> {
  return {error: {code: error.code, message: error.message, hint: error.hint ?? null, facts: error.facts}};
}
