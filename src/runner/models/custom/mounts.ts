/** Mounts as people write them: `SOURCE:TARGET`, or `SOURCE:TARGET:ro` for one that the container may not change. */
import type {Mount} from './model.ts';

/** A source may begin with a drive letter; a target lies in a container and never does. */
const MOUNT = /^((?:[A-Za-z]:[\\/])?[^:]+):((?:\/|\{)[^:]*?)(:ro)?$/;

/** Undefined for what is not a mount. */
export function parseMount(text: string): Mount | undefined {
  const [, source, target, readOnly] = MOUNT.exec(text) ?? [];
  if (source === undefined || target === undefined) return undefined;
  return {source, target, isReadOnly: readOnly !== undefined};
}
