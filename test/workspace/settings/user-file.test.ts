import assert from 'node:assert/strict';
import {userSettingsFile} from '../../../src/workspace/settings/user-file.ts';

describe('userSettingsFile', () => {
  it('follows XDG_CONFIG_HOME when it is absolute', () => {
    assert.equal(userSettingsFile({XDG_CONFIG_HOME: '/x'}, 'linux', '/home/a'), '/x/cosmos/cosmos.toml');
    assert.equal(
      userSettingsFile({XDG_CONFIG_HOME: 'x'}, 'linux', '/home/a'),
      '/home/a/.config/cosmos/cosmos.toml',
    );
  });

  it('falls back to .config in the home folder', () => {
    assert.equal(userSettingsFile({}, 'darwin', '/Users/a'), '/Users/a/.config/cosmos/cosmos.toml');
  });

  it('uses APPDATA on Windows, else its usual place', () => {
    assert.equal(userSettingsFile({APPDATA: 'D:\\R'}, 'win32', 'C:\\a'), 'D:\\R\\cosmos\\cosmos.toml');
    assert.equal(
      userSettingsFile({XDG_CONFIG_HOME: '/x'}, 'win32', 'C:\\a'),
      'C:\\a\\AppData\\Roaming\\cosmos\\cosmos.toml',
    );
  });
});
