/** Where the person stands; asked once, at the edge. */
export function workingFolder(): string {
  return process.cwd();
}
