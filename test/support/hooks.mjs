import {removeFolders} from './temporary.ts';

/** After each file when files run side by side, else once. */
export const mochaHooks = {afterAll: removeFolders};
