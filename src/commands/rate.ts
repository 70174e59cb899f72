import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base-command.ts';
import {CosmosError} from '../errors.ts';
import {shortId} from '../manifest/names.ts';
import type {RunDocument} from '../manifest/types.gen.ts';
import {formatStars} from '../views/format.ts';
import {rateRuns} from '../workspace/annotate.ts';

const RATINGS = ['1', '2', '3', '4', '5', 'none'] as const;

export default class Rate extends BaseCommand {
  static override summary = 'Say how good runs are: 1 to 5, or none.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> rs_1a2b 4',
    '<%= config.bin %> <%= command.id %> rs_1a2b rs_3c4d 2',
    '<%= config.bin %> <%= command.id %> rs_1a2b none',
  ];
  static override strict = false;
  static override args = {
    id: Args.string({
      description: 'id of a run, or a unique beginning of it; several may be given',
      required: true,
    }),
    rating: Args.string({description: '1 to 5, or none', required: true}),
  };

  async run(): Promise<Pick<RunDocument, 'id' | 'rating'>[]> {
    const {argv, flags} = await this.parse(Rate);
    const words = argv.map(String);
    const rating = parseRating(words.at(-1) ?? '');
    return this.inWorkspace(flags, async (workspace) => {
      const runs = await rateRuns(workspace, words.slice(0, -1), rating);
      for (const {id} of runs)
        this.print(`${shortId(id)}  ${rating === null ? 'not rated' : formatStars(rating)}`);
      return runs.map(({id, rating: now}) => ({id, rating: now}));
    });
  }
}

function parseRating(text: string): RunDocument['rating'] {
  if (text === 'none') return null;
  if (RATINGS.some((rating) => rating === text)) return Number(text);
  throw new CosmosError('usage.invalid', `"${text}" is no rating.`, {
    hint: 'Nothing was changed. Write the ids first and the rating last, as in: cosmos rate rs_1a2b 4',
  });
}
