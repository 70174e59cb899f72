/** What the supervisor has noted of a job's container. A target is never trusted to tell well-formed stories. */
import type {RunDocument} from '../manifest/types.gen.ts';
import type {JobPaths} from './job-paths.ts';
import type {Target} from './target.ts';

export interface ContainerFacts {
  /** Name of the container. */
  container?: string;
  /** What identifies the image: the digest of its registry, else the id that the runtime gave it. */
  imageDigest?: string;
}

/** Nothing for a job without one, or one whose note cannot be read. */
export async function readContainerFacts(paths: JobPaths, {transport}: Target): Promise<ContainerFacts> {
  const bytes = await transport.readFile(paths.container);
  if (!bytes) return {};
  const {name, imageId, repoDigest} = parseNote(Buffer.from(bytes).toString('utf8'));
  const digest = textOf(repoDigest) ?? textOf(imageId);
  const container = textOf(name);
  return {...(container !== undefined && {container}), ...(digest !== undefined && {imageDigest: digest})};
}

export function withImage(model: RunDocument['model'], {imageDigest}: ContainerFacts): RunDocument['model'] {
  return imageDigest === undefined ? model : {...model, imageDigest};
}

function parseNote(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Longer texts are no names. */
const MOST_CHARACTERS = 300;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MOST_CHARACTERS ? value : undefined;
}
