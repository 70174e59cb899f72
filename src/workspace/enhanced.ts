/**
 * What comes of an enhancement: a new version of the prompt, linked to the one before and to the run. It is made before the run is
 * completed, and the same text makes the same prompt, so that no crash loses or doubles it.
 */
import {readAll} from '../cas/verified-read.ts';
import {promptNameFrom} from '../manifest/prompt-name.ts';
import {tidyText} from '../manifest/prompt-text.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {createPrompt} from './prompts.ts';
import type {Workspace} from './workspace.ts';

const ROLE = 'enhanced';
const SUFFIX = '-enhanced';
/** With the suffix it is a name still. */
const MOST_NAME = 80;

/** Nothing for runs of other kinds, and for a text that came back as it was. */
export async function keepEnhanced(workspace: Workspace, run: RunDocument): Promise<void> {
  const {prompt} = run;
  const after = await readText(workspace, run);
  if (!prompt || after === undefined || after === prompt.text) return;
  const before = workspace.index.has('prompts', prompt.id)
    ? await workspace.documents.read('prompts', prompt.id)
    : undefined;
  const scene = before?.scene ?? run.scene?.ref;
  const name = before?.name ?? promptNameFrom(prompt.text);
  await createPrompt(workspace, {
    ...{text: after, negative: prompt.negative, parent: prompt.id, origin: {run: run.id}},
    wishedName: name.endsWith(SUFFIX) ? name : `${name.slice(0, MOST_NAME)}${SUFFIX}`,
    ...(scene !== undefined && {scene}),
  });
}

export interface Enhanced {
  before: string;
  after: string;
  /** Null when the text came back as it was, or the prompt was deleted since. */
  prompt: {id: string; name: string | null} | null;
}

/** Of a completed enhancement, what it was given and what it made of it; undefined for any other run. */
export async function readEnhanced(workspace: Workspace, run: RunDocument): Promise<Enhanced | undefined> {
  const {prompt} = run;
  const after = run.status === 'completed' ? await readText(workspace, run) : undefined;
  if (!prompt || after === undefined) return undefined;
  const made = Array.from(workspace.index.listPrompts()).find(
    ({parent, text}) => parent === prompt.id && text === after,
  );
  return {before: prompt.text, after, prompt: made ? {id: made.id, name: made.name} : null};
}

async function readText({store}: Workspace, {kind, outputs}: RunDocument): Promise<string | undefined> {
  const output = kind === 'enhance' ? outputs.find(({role}) => role === ROLE) : undefined;
  return output && tidyText((await readAll(store.fetch(output))).toString('utf8'));
}
