/** Apart from the dashboard itself, so that asking does not load Ink. */

/** Whether there is a terminal on both sides; without one, print a table instead. */
export function canShowDashboard(
  {stdout, stdin}: {stdout: {isTTY?: boolean | undefined}; stdin: {isTTY?: boolean | undefined}},
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stdout.isTTY === true && stdin.isTTY === true && env['TERM'] !== 'dumb';
}
