import {readdir} from 'node:fs/promises';
import {describeStore} from '../conformance/store.ts';
import {closeWorkspaces, newWorkspace} from '../support/workspace.ts';

after(closeWorkspaces);

describeStore('local', async () => {
  const {store} = await newWorkspace();
  return {store, countLeftovers: async () => (await readdir(store.context.paths.ingest)).length};
});
