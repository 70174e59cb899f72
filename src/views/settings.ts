/** `config show` as text. */
import type {Origin, SettingEntry} from '../workspace/settings/types.ts';
import {padRight} from './text.ts';

export function renderSettings(entries: readonly SettingEntry[], hasOrigin: boolean): string {
  const keyWidth = Math.max(...entries.map(({key}) => key.length));
  const values = entries.map(({value}) => (value === undefined ? '(not set)' : JSON.stringify(value)));
  const valueWidth = Math.max(...values.map((value) => value.length));
  return entries
    .map(({key, origin}, index) => {
      const value = values[index] ?? '';
      const line = `${padRight(key, keyWidth)}  ${hasOrigin ? `${padRight(value, valueWidth)}  ${describeOrigin(origin)}` : value}`;
      return line.trimEnd();
    })
    .join('\n');
}

function describeOrigin({layer, file, line, variable}: Origin): string {
  if (layer === 'environment') return `environment ${variable ?? ''}`;
  if (file !== undefined) return `${file}${line === undefined ? '' : `:${line}`}`;
  return layer;
}
