/** The two programs of this launcher, as arguments for Node. */
import {nodeProgram} from '../../../platform/node-program.ts';

export function nodeArguments(program: 'supervisor' | 'wrapper'): string[] {
  return nodeProgram(`runner/launchers/process/${program}`);
}
