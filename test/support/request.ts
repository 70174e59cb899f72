/** A request to a model, made from the path of a scene folder or a spec file, as the command line makes it. */
import type {RunRequest} from '../../src/runner/model.ts';

export type PathRequest = Omit<RunRequest, 'source'> & {source: string};

export const PLAIN: Omit<PathRequest, 'source'> = {
  prompt: null,
  negative: null,
  weights: {},
  set: {},
  seed: null,
  flags: {},
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
