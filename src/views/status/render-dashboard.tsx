/**
 * The dashboard on a real terminal. Owns the terminal from the first to the last byte: alternate screen, raw keys, size;
 * all of it is put back when the user leaves, when something throws, and when the process is ended by a signal.
 */
import {basename} from 'node:path';
import {render} from 'ink';
import {useEffect, useState, type ReactElement} from 'react';
import {systemNow, type Now} from '../../platform/clock.ts';
import {paintFor} from '../paint.ts';
import {Dashboard, type DashboardProps} from './Dashboard.tsx';
import {leaveMessage} from './leave-message.ts';
import {Screen} from './screen.ts';
import type {DashboardSource} from './source.ts';

export interface DashboardOptions {
  stdout: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
  now?: Now;
  /** Decides on colours and signs; that of the process when absent. */
  env?: Readonly<Record<string, string | undefined>>;
  /** The folder of the workspace or its name, for the title. */
  workspace?: string;
  /** Ends it, as the user does. */
  signal?: AbortSignal;
}

/** Resolves when the user has left, with the terminal as it was and one line that says how to return. */
export async function renderDashboard(source: DashboardSource, options: DashboardOptions): Promise<void> {
  const {stdout, stdin, now = systemNow, env = process.env, workspace = '', signal} = options;
  const screen = new Screen(stdout);
  const leave = (): void => screen.leave();
  process.once('exit', leave);
  screen.enter();
  try {
    const props = {source, workspace: basename(workspace), paint: paintFor(stdout, env), now};
    // In debug mode Ink hands over each frame whole and leaves the terminal to the screen.
    const app = render(<App screen={screen} {...props} />, {
      stdout: screen as unknown as NodeJS.WriteStream,
      stdin,
      debug: true,
      exitOnCtrlC: false,
      patchConsole: false,
    });
    signal?.addEventListener('abort', () => app.unmount(), {once: true});
    await app.waitUntilExit();
  } finally {
    leave();
    process.off('exit', leave);
  }
  stdout.write(`${leaveMessage(source.read())}\n`);
}

/** Follows the size of the terminal; unmounting, also by a signal, gives it back. */
function App({screen, ...props}: {screen: Screen} & Omit<DashboardProps, 'size'>): ReactElement {
  const [size, setSize] = useState(screen.size);
  useEffect(() => {
    const follow = (): void => setSize(screen.size);
    screen.on('resize', follow);
    return () => {
      screen.off('resize', follow);
      screen.leave();
    };
  }, [screen]);
  return <Dashboard size={size} {...props} />;
}
