import {settle} from './support/temporary.ts';

/** Runs after the last test: removes what the tests made. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await settle();
  },
};
