/** A machine that left the optional dependency out. */

const HOOK = `export async function resolve(name, context, next) {
  if (name === '@napi-rs/webcodecs') throw new Error('Cannot find package');
  return next(name, context);
}`;

/** Arguments of Node for a module loader that knows no native codecs. */
export const WITHOUT_CODECS = [
  '--import',
  dataUrl(`import {register} from 'node:module'; register(${JSON.stringify(dataUrl(HOOK))});`),
];

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
