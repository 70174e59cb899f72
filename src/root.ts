/**
 * Where the files of cosmos itself lie. A bundler puts modules where it likes, so this is the one that knows: it lies in the
 * top folder of the sources, as every piece of a build lies in the top folder of the build.
 */
import {extname} from 'node:path';

/** A file of the package, as in `packageFile('remote/gone.sh')`. */
export function packageFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

/** A module that is started by its name, as in `moduleFile('platform/hash-worker')`: `.js` in a build, `.ts` in sources. */
export function moduleFile(name: string): URL {
  return new URL(`./${name}${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
}
