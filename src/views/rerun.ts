/** What `cosmos rerun --verify` prints of a comparison. */
import {shortId} from '../manifest/names.ts';
import type {ComparedOutput, RerunReport} from '../workspace/verify-rerun.ts';
import {plural} from './format.ts';
import type {LineOptions} from './lines.ts';
import {cleanLine} from './text.ts';

export function renderRerun(report: RerunReport, {paint}: LineOptions): string[] {
  const {of, run, isSame, outputs, circumstances} = report;
  const same = outputs.filter(({state}) => state.startsWith('same')).length;
  const others = circumstances.map(({path}) => path);
  return [
    isSame
      ? paint.good(
          `${shortId(run)} came out as ${shortId(of)} did: ${plural(outputs.length, 'output')} the same`,
        )
      : paint.bad(
          `${shortId(run)} differs from ${shortId(of)}: ${same} of ${plural(outputs.length, 'output')} the same`,
        ),
    ...outputs
      .filter(({state}) => state !== 'same')
      .map((output) => `  ${cleanLine(output.name)}  ${describe(output)}`),
    ...(others.length === 0
      ? []
      : [`  not the same either: ${others.map(cleanLine).join(', ')}; "cosmos diff" shows how`]),
  ];
}

function describe(output: ComparedOutput): string {
  if (output.state === 'missing') return 'was made before, and not this time';
  if (output.state === 'new') return 'was not made before';
  return describeBoth(output);
}

/** Of an output that both runs have and that is not the same. */
export function describeBoth({state, reason, likeness}: ComparedOutput): string {
  if (state === 'same pictures') return 'the same pictures in other bytes';
  if (!likeness) return reason ?? 'other bytes';
  const {psnr, ssim, frames} = likeness;
  const luma = psnr === null ? 'only the colours differ' : `PSNR ${psnr.toFixed(2)} dB`;
  return `${luma}, SSIM ${ssim.toFixed(4)}, over ${plural(frames, 'frame')}`;
}
