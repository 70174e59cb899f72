/** A request to a model, made from the path of a scene folder or a spec file, as the command line makes it. */
import type {RunRequest} from '../../src/runner/model.ts';
import type {StartRequest} from '../../src/workspace/start-run.ts';

export type PathRequest = Omit<RunRequest, 'source'> & {source: string};

export const PLAIN: Omit<PathRequest, 'source'> = {
  prompt: null,
  negative: null,
  weights: {},
  set: {},
  seed: null,
  flags: {},
};

/** What `cosmos run` asks for when nothing but the source is given. */
export const START: Omit<StartRequest, 'source'> = {
  ...PLAIN,
  folder: '/',
  from: undefined,
  controls: 'model',
  repeat: 1,
  name: null,
  after: [],
  model: undefined,
  retries: undefined,
  target: undefined,
};

export async function requestOf(
  request: Partial<PathRequest> & {source: string},
  specHint = '',
): Promise<RunRequest> {
  // Errors are compared by class, so everything has to come from the same loader as the models.
  const {readSources} = await import('../../src/runner/source.ts');
  const [source] = await readSources(request.source, specHint);
  if (!source) throw new Error(`${request.source} holds nothing to run`);
  return {...PLAIN, ...request, source};
}
