/** One setting by its key. */
import type {LoadedSettings, SettingEntry} from './types.ts';

/** @throws CosmosError config.invalid for an unknown key */
export function findSetting(settings: LoadedSettings, key: string): SettingEntry {
  const origin = settings.origin(key);
  return settings.entries().find((entry) => entry.key === key) ?? {key, value: undefined, origin};
}
