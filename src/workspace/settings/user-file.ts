/** Where a user's own settings stand, on every system. Pure: the environment and the home folder are parameters. */
import {posix, win32} from 'node:path';

/**
 * The settings file of a user: `%APPDATA%\cosmos\cosmos.toml` on Windows, else `$XDG_CONFIG_HOME/cosmos/cosmos.toml`,
 * else `~/.config/cosmos/cosmos.toml`. A relative XDG_CONFIG_HOME is ignored, as the XDG base directory specification says.
 */
export function userSettingsFile(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): string {
  if (platform === 'win32') {
    const roaming = env['APPDATA'];
    return win32.join(roaming ? roaming : win32.join(home, 'AppData', 'Roaming'), 'cosmos', 'cosmos.toml');
  }
  const xdg = env['XDG_CONFIG_HOME'];
  const folder = xdg !== undefined && posix.isAbsolute(xdg) ? xdg : posix.join(home, '.config');
  return posix.join(folder, 'cosmos', 'cosmos.toml');
}
