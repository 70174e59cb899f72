/** What the ground test found, in words for somebody who only wants to know whether this is a good place. */
import type {GroundReport, JudgedFinding} from '../workspace/doctor/doctor.ts';
import type {Machine} from '../workspace/doctor/machine.ts';
import type {Weight} from '../workspace/doctor/meanings.ts';
import {plural} from './format.ts';
import {hanging, type LineOptions} from './lines.ts';
import {cleanLine, padRight} from './text.ts';

const MARKS: Record<Weight, string> = {fine: 'ok', note: 'note', trouble: 'TROUBLE'};
const MARK_WIDTH = 9;
const TITLE_WIDTH = 17;

export function renderDoctor(
  report: GroundReport & {machine: Machine},
  options: Pick<LineOptions, 'width' | 'paint'>,
): string {
  return [
    ...report.findings.flatMap((finding) => renderFinding(finding, options)),
    renderMachine(report.machine),
    ...renderVerdict(report),
  ].join('\n');
}

function renderFinding({weight, title, found, means, advice}: JudgedFinding, options: LineOptions): string[] {
  const head = padRight(MARKS[weight], MARK_WIDTH) + padRight(title, TITLE_WIDTH);
  const action = advice === null ? '' : ` To do: ${advice}`;
  return hanging(head, `${cleanLine(found)} ${means}${action}`, 0, options);
}

function renderMachine({node, system, threads, hasCodecs}: Machine): string {
  const codecs = hasCodecs
    ? 'video codecs installed'
    : 'no video codecs: no previews, thumbnails or comparisons';
  return `This computer: Node ${node}, ${system}, ${plural(threads, 'thread')} for hashing, ${codecs}`;
}

function renderVerdict({findings, folder, isFit, recorded}: GroundReport): string[] {
  const count = (weight: Weight): number => findings.filter((finding) => finding.weight === weight).length;
  const notes = count('note');
  const aside = notes === 0 ? '' : `; ${plural(notes, 'note')}`;
  return [
    isFit
      ? `cosmos can keep its promises in ${folder}${aside}.`
      : `cosmos CANNOT keep its promises in ${folder}: ${plural(count('trouble'), 'trouble')}${aside}.`,
    ...(recorded === null ? ['This is no workspace, so nothing was recorded.'] : []),
  ];
}
