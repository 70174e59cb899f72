/** Who may act. */
import type {Mutation} from './mutation.ts';

export const LEASING: readonly Mutation[] = [
  {
    what: 'a lease ends by the clock alone',
    file: 'cas/catalog/leases.ts',
    from: '    return !isProvenAlive(entry.holder);',
    to: '    return true;',
    tests: ['cas/leases.test.ts'],
  },
  {
    what: 'a lease of a dead process counts',
    file: 'cas/catalog/leases.ts',
    from: 'return isProvenDead(entry.holder);',
    to: 'return false;',
    tests: ['cas/leases.test.ts'],
  },
  {
    what: 'two processes drive one run',
    file: 'cas/catalog/leases.ts',
    from: '      if (!this.#isOver(entry)) throw heldError(entry);\n',
    to: '',
    tests: ['cas/leases.test.ts'],
  },
];
