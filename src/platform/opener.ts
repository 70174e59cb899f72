/** Opens a file or folder with what the system would use for a double click. */
import {spawn} from 'node:child_process';

const OPENERS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'open',
  win32: 'explorer.exe',
  linux: 'xdg-open',
};

/** @returns false where the system has no opener, or it did not start */
export function openWithSystem(path: string): Promise<boolean> {
  const opener = OPENERS[process.platform] ?? 'xdg-open';
  return new Promise((resolve) => {
    // Of its own: it may print what it likes, and stay open longer than cosmos.
    const child = spawn(opener, [path], {detached: true, stdio: 'ignore'});
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
